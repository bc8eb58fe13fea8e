import { expect, it } from "vitest";
import { localeFor } from "./locale";

it.each([
  ["system", ["de-AT", "en"], "de", "de-AT"],
  ["system", ["fr-FR", "de", "en-GB"], "de", "fr-FR"],
  ["system", ["ja"], "en", "ja"],
  ["system", ["en-US@posix"], "en", "en-US"],
  ["system", ["C.UTF-8", "de_DE"], "de", "de-DE"],
  ["system", [], "en", "en"],
  ["de", ["en-GB", "de-CH"], "de", "de-CH"],
  ["de", ["en-GB"], "de", "de"],
  ["en", ["de-DE"], "en", "en"],
] as const)("%s of %j is %s with formats of %s", (choice, preferred, language, locale) => {
  expect(localeFor(choice, preferred)).toEqual({ language, locale });
});
