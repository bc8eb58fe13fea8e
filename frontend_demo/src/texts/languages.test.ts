import { expect, it } from "vitest";
import { texts as german } from "./de";
import { courseTexts as germanCourse } from "./de/course";
import { settingsTexts as germanSettings } from "./de/settings";
import { texts as english } from "./en";
import { courseTexts as englishCourse } from "./en/course";
import { settingsTexts as englishSettings } from "./en/settings";

/** Texts that both languages write alike: names, signs and units. */
const ALIKE = /^(|…|–|[↑↓?]|Enter|Esc|p95|Idempotent|Import|Live|GraphiQL|REST|Status|Name|\/.*|Webhooks?|UTF-.*|reference,.*)$/;

function plainTexts(value: unknown, path = ""): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => plainTexts(inner, `${path}.${name}`));
}

it("has each text in German", () => {
  const inEnglish = new Map(plainTexts({ ...english, ...englishCourse, settings: englishSettings }));

  const left = plainTexts({ ...german, ...germanCourse, settings: germanSettings }).filter(([path, text]) => text === inEnglish.get(path) && !ALIKE.test(text));

  expect(left).toEqual([]);
});
