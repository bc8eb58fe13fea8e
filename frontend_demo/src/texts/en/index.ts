/** The English texts of the pages, with a file for each area of the app. */
import { appTexts } from "./app";
import { boardTexts } from "./board";
import { importTexts } from "./import";
import { labTexts } from "./lab";
import { learnTexts } from "./learn";
import { moveTexts } from "./move";
import { orderTexts } from "./order";
import { placeTexts } from "./place";
import { refusalText } from "./refusals";
import { termTexts } from "./terms";
import { troubleText, unreadText } from "./trouble";

export const texts = {
  ...appTexts,
  ...boardTexts,
  ...termTexts,
  ...orderTexts,
  ...placeTexts,
  ...moveTexts,
  ...importTexts,
  ...labTexts,
  ...learnTexts,
  refusalText,
  troubleText,
  unreadText,
};

/** What each language has: the same names, and functions of the same parameters. */
export type Texts = typeof texts;
