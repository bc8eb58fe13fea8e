/** The texts of the settings, which are loaded with that page and not before. */
import { language } from "../format/locale";
import type { settingsTexts as english } from "./en/settings";

export const settingsTexts: typeof english = (language === "de" ? await import("./de/settings") : await import("./en/settings")).settingsTexts;
