import { expect, it } from "vitest";
import { countsOf, entriesOf, rowRange } from "./entries";
import type { Outcome } from "./sending/outcomes";
import { readFile } from "./file/read";

const file = readFile(new TextEncoder().encode("reference,sku,quantity,unit_price\nA-1,TEA,1,1\nA-1,MUG,1,1\nA-2,TEA,x,1\nA-3,TEA,1,1\nA-4,TEA,1,1\nA-5,TEA,0,1\n"));
const problem = { row: 7, column: "quantity", message: "Must be at least 1." };
const checked = new Map<string, Outcome>([
  ["A-3", { kind: "there", id: null, number: null }],
  ["A-5", { kind: "refused", problems: [problem] }],
]);

it("shows the result of the dry run until there is an outcome", () => {
  const before = entriesOf({ file, checked, outcomes: new Map() });
  const placed: Outcome = { kind: "placed", id: "o-3", number: "K3" };
  const after = entriesOf({ file, checked, outcomes: new Map([["A-3", placed]]) });

  expect(before.map(({ state }) => state)).toEqual(["ready", "refused", "there", "ready", "refused"]);
  expect(before[4]?.problems).toEqual([problem]);
  expect(after[2]).toMatchObject({ state: "placed", number: "K3" });
  expect(countsOf(after)).toEqual({ ready: 2, there: 0, refused: 2, placed: 1 });
});

it("names an order's rows", () => {
  expect(file.drafts.map(rowRange)).toEqual(["2–3", "4", "5", "6", "7"]);
});
