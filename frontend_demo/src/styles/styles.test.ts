/** A page's style sheet stays loaded when another page is opened: what it styles has to be that page's own. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Vitest imports a style sheet as an empty text. */
const read = (paths: Record<string, unknown>) => Object.fromEntries(Object.keys(paths).map((path) => [path, readFileSync(new URL(path, import.meta.url), "utf8")]));
const SHEETS = read(import.meta.glob("../**/*.css"));
const COMPONENTS = read(import.meta.glob(["../**/*.{ts,tsx}", "!../**/*.test.ts"]));

/** Their style sheets are every page's. */
const OF_ALL_PAGES = ["app", "components", "styles"];
const folderOf = (path: string) => (path.startsWith("./") ? "styles" : (path.split("/")[1] as string));
const classesIn = (selector: string) => [...selector.matchAll(/\.([a-z][\w-]*)/gi)].map(([, name]) => name as string);

/** Each selector with its folder. GraphiQL is a page of its own, with a library's classes. */
const SELECTORS = Object.entries(SHEETS).flatMap(([path, sheet]) =>
  [...sheet.replaceAll(/\/\*[^]*?\*\//g, "").matchAll(/([^{};]+)\{/g)]
    .flatMap(([, selectors = ""]) => selectors.trim().split(/,\s*(?![^(]*\))/))
    .filter((selector) => !/^(@|from|to|\d)/.test(selector) && folderOf(path) !== "graphiql")
    .map((selector) => ({ folder: folderOf(path), selector, classes: classesIn(selector) })),
);
const SHARED = new Set(SELECTORS.filter(({ folder }) => OF_ALL_PAGES.includes(folder)).flatMap(({ classes }) => classes));
const OF_PAGES = SELECTORS.filter(({ folder }) => !OF_ALL_PAGES.includes(folder));

test("a page's selector names a class that only this page's style sheets begin with", () => {
  const homes = new Map<string, Set<string>>();
  for (const { folder, classes } of OF_PAGES) {
    const [own] = classes.filter((name) => !SHARED.has(name));
    if (own) homes.set(own, (homes.get(own) ?? new Set()).add(folder));
  }
  expect([...homes].filter(([, folders]) => folders.size > 1)).toEqual([]);
  expect(OF_PAGES.filter(({ classes }) => classes.every((name) => SHARED.has(name))).map(({ selector }) => selector)).toEqual([]);
});

test("each class that is styled occurs in a component", () => {
  const words = new Set(Object.values(COMPONENTS).flatMap((text) => text.match(/[a-z][\w-]*/gi) ?? []));
  const isBuilt = (name: string) => words.has(name.replace(/-[^-]*$/, "-")); // such as `line-${field}`
  expect(SELECTORS.flatMap(({ classes }) => classes).filter((name) => !words.has(name) && !isBuilt(name))).toEqual([]);
});
