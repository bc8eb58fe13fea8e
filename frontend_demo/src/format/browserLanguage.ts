/**
 * Repairs the browser's languages before anything else reads them: in the locale `C`, Chromium says "en-US@posix", which
 * is no language tag, and every `Intl` constructor that gets it raises a RangeError; uPlot's does when it is imported.
 */
import { canonical } from "./locale";

export function repairLanguages(navigator: Navigator): void {
  const said = [navigator.language, ...navigator.languages];
  if (said.every(isTag)) return;
  const languages = said.slice(1).flatMap(canonical);
  const language = said.flatMap(canonical)[0] ?? "en";
  Object.defineProperty(navigator, "language", { value: language, configurable: true });
  Object.defineProperty(navigator, "languages", { value: Object.freeze(languages.length ? languages : [language]), configurable: true });
}

function isTag(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name).length === 1;
  } catch {
    return false;
  }
}

if (typeof window !== "undefined") repairLanguages(window.navigator);
