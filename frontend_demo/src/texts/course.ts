/** The texts of the lab's course: loaded with the lab, because no other page needs them. */
import { language } from "../format/locale";
import { courseTexts as english } from "./en/course";

export const { course } = language === "de" ? (await import("./de/course")).courseTexts : english;
