/** The German texts of the pages. */
import type { Texts } from "../en";
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

export const texts: Texts = {
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
