/** Every text of the pages, in the person's language: a folder for each language, a file for each area of the app. */
import { language } from "../format/locale";
import { texts as english } from "./en";

/** What each language has: the same names, and functions of the same parameters. */
export type Texts = typeof english;

/** English is loaded in any case; another language is a chunk of its own. */
export const texts: Texts = language === "de" ? (await import("./de")).texts : english;

export const { refusalText, troubleText, unreadText } = texts;
