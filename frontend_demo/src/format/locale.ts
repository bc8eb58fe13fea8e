/** The language of the texts, and the locale of numbers, money and times: as the browser's settings are, or as chosen here. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
export type Choice = Language | "system";

const YEAR_SECONDS = 365 * 24 * 3600;

/** A name without what Intl refuses: under LANG=C, Chromium says "en-US@posix". */
export function canonical(name: string): readonly string[] {
  try {
    return Intl.getCanonicalLocales(name.replace(/[@.].*/, "").replaceAll("_", "-"));
  } catch {
    return [];
  }
}

const isLanguage = (name: string): name is Language => Object.hasOwn(LANGUAGES, name);
const languageOf = (locale: string) => new Intl.Locale(locale).language;

/** The texts' language is the first preferred one that has texts. Formats follow the first preferred locale, or that of a chosen language. */
export function localeFor(choice: Choice, preferred: readonly string[]): Readonly<{ language: Language; locale: string }> {
  const locales = preferred.flatMap(canonical);
  if (choice !== "system") return { language: choice, locale: locales.find((locale) => languageOf(locale) === choice) ?? choice };
  return { language: locales.map(languageOf).find(isLanguage) ?? "en", locale: locales[0] ?? "en" };
}

export function keptChoice(): Choice {
  const kept = globalThis.document?.cookie.match(/(?:^|; )language=(\w+)/)?.[1] ?? "";
  return isLanguage(kept) ? kept : "system";
}

/** In a cookie, which the server's own pages follow. Texts and formats are made when the page loads, so it loads again. */
export function keepChoice(choice: Choice): void {
  document.cookie = `language=${choice}; path=/; samesite=lax; max-age=${choice === "system" ? 0 : YEAR_SECONDS}`;
  window.location.reload();
}

export const { language, locale } = localeFor(keptChoice(), globalThis.navigator?.languages ?? []);
