import { expect, it } from "vitest";
import { viewsIn, withName, withView } from "./views";

it("saves a view under its name, in place of the older one, and keeps twenty", () => {
  const first = [{ name: "To ship", search: "status=PAID" }];
  expect(withView(first, { name: "To ship", search: "status=PAID&sort=placed" })).toEqual([{ name: "To ship", search: "status=PAID&sort=placed" }]);
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `${index}`, search: "" })).reduce(withView, first);
  expect(many.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 10}`));
});

it.each([
  [null, 0],
  ["{", 0],
  ["{}", 0],
  ['[null, 1, {"name": "a"}, {"name": "b", "search": "c"}]', 1],
])("reads %s as %i views", (text, count) => {
  expect(viewsIn(text)).toHaveLength(count);
});

it("renames a view at its place, and drops another that has the new name", () => {
  const [one, two, three] = ["one", "two", "three"].map((name) => ({ name, search: name }));
  expect(withName([one, two, three] as never, "two", "later")).toEqual([one, { name: "later", search: "two" }, three]);
  expect(withName([one, two, three] as never, "two", "one")).toEqual([{ name: "one", search: "two" }, three]);
  expect(withName([one, two] as never, "two", "two")).toEqual([one, two]);
});
