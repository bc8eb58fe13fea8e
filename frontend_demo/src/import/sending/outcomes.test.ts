import { expect, it } from "vitest";
import { chunksOf, type Chunk } from "./chunks";
import { allRefused, batchErrors, outcomesOf, problemOf, type ServerError } from "./outcomes";
import { readFile } from "../file/read";
import { reportCsv, reportLines } from "./report";

const file = readFile(
  new TextEncoder().encode("reference,sku,quantity,unit_price\nA-1,TEA,1,9.90\nA-2,MUG,1,1\nA-2,POT,0,48\nA-3,TIN,x,1\nA-4,TIN,1,1\n=A-5,TIN,1,1\n"),
);
const chunk = chunksOf(file.drafts)[0] as Chunk; // =A-5: A-3 can't be sent
const error = (code: ServerError["code"], field: string[] | null, message = `It is ${code}.`): ServerError => ({ code, field, message });
const ANSWER = {
  orders: [{ id: "o-1", number: "K1" }, null, null, { id: "o-5", number: "K5" }],
  userErrors: [error("INVALID", ["orders", "1", "lines", "1", "quantity"], "Must be at least 1."), error("TAKEN", ["orders", "2", "externalReference"])],
};

it("assigns the server's errors to the rows and columns of the file", () => {
  const draft = file.drafts[1];
  if (!draft) throw new Error("There is a second order.");
  const found = (field: string[]) => problemOf(error("INVALID", ["orders", "1", ...field]), draft, file.columnOf);

  expect(found(["lines", "1", "unitPrice"])).toMatchObject({ row: 4, column: "unit_price" });
  expect(found(["lines", "9", "sku"])).toMatchObject({ row: 3, column: "sku" }); // a line without a row, such as shipping
  expect(found(["lines"])).toMatchObject({ row: 3, column: "lines" });
  expect(found(["customerEmail"])).toMatchObject({ row: 3, column: "customer_email" });
  expect(found([])).toMatchObject({ row: 3, column: null });
});

it("knows the outcome of each order", () => {
  expect([...outcomesOf(chunk, ANSWER, file.columnOf)]).toEqual([
    ["A-1", { kind: "placed", id: "o-1", number: "K1" }],
    ["A-2", { kind: "refused", problems: [{ row: 4, column: "quantity", message: "Must be at least 1." }] }],
    ["A-4", { kind: "there", id: null, number: null }],
    ["=A-5", { kind: "placed", id: "o-5", number: "K5" }],
  ]);
});

it("has no outcome for valid orders of a dry run", () => {
  expect([...outcomesOf(chunk, { orders: [], userErrors: ANSWER.userErrors }, file.columnOf).keys()]).toEqual(["A-2", "A-4"]);
});

it("recognises errors of the whole batch", () => {
  expect(batchErrors(ANSWER)).toEqual([]);
  expect(batchErrors({ orders: [], userErrors: [error("IDEMPOTENCY_IN_PROGRESS", ["idempotencyKey"]), error("LIMIT_EXCEEDED", ["orders"])] })).toHaveLength(2);
});

it("reports each order of the file once, and each problem, in the order of the rows", () => {
  const lines = reportLines(file.drafts, outcomesOf(chunk, ANSWER, file.columnOf));

  expect(lines.map(({ row, reference, number, outcome }) => [row, reference, number, outcome])).toEqual([
    [2, "A-1", "K1", "placed"],
    [4, "A-2", "", "refused"],
    [5, "A-3", "", "refused"],
    [6, "A-4", "", "already there"],
    [7, "=A-5", "K5", "placed"],
  ]);
  expect(lines[1]?.reason).toBe("quantity: Must be at least 1.");
});

it("reports orders that were not reached as not sent", () => {
  expect(reportLines(file.drafts, new Map()).map(({ outcome }) => outcome)).toEqual(["not sent", "not sent", "refused", "not sent", "not sent"]);
  expect(reportLines(file.drafts, allRefused(chunk, "No.")).map(({ reason }) => reason)).toContain("No.");
});

it("writes a file that no spreadsheet reads as formulas", () => {
  const csv = reportCsv(reportLines(file.drafts, outcomesOf(chunk, ANSWER, file.columnOf)));

  expect(csv.split("\r\n").slice(0, 2)).toEqual(["row,reference,number,outcome,reason", "2,A-1,K1,placed,"]);
  expect(csv).toContain(`7,"'=A-5",K5,placed,`);
});
