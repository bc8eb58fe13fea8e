import { expect, it } from "vitest";
import { spreadsheetOf } from "./spreadsheet";

it.each([
  ["de-DE", "comma"],
  ["fr", "comma"],
  ["en-GB", "point"],
  ["de-CH", "point"],
  ["ja", "point"],
])("parts the cells for %s as where decimals have a %s", (locale, form) => {
  expect(spreadsheetOf(locale)).toBe(form);
});
