/** Every text of the pages, in the person's language: a folder for each language, a file for each area of the app. */
import { language } from "../format/locale";
import { type Texts, texts as english } from "./en";

/** English is loaded in any case; another language is a chunk of its own. */
export const texts: Texts = language === "de" ? (await import("./de")).texts : english;

export const { refusalText, troubleText, unreadText } = texts;
