import { expect, it } from "vitest";
import { repairLanguages } from "./browserLanguage";

it.each([
  [["en-US@posix", "de"], ["en-US", "de"]],
  [["de_DE.UTF-8"], ["de-DE"]],
  [["@"], ["en"]],
])("repairs a browser that says %s", (said, repaired) => {
  const navigator = { language: said[0], languages: said } as unknown as Navigator;
  repairLanguages(navigator);

  expect([navigator.language, navigator.languages]).toEqual([repaired[0], repaired]);
  expect(() => new Intl.NumberFormat(navigator.language)).not.toThrow();
});

it("leaves valid languages as they are", () => {
  const languages = ["de-DE", "en"];
  const navigator = { language: "de-DE", languages } as unknown as Navigator;
  repairLanguages(navigator);

  expect(navigator.languages).toBe(languages);
});
