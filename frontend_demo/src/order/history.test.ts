import { expect, test } from "vitest";
import type { LifeEventFragment } from "../api/generated";
import { historyOf } from "./history";

let sequence = 0;

function event(type: LifeEventFragment["type"], fields: Partial<LifeEventFragment> = {}): LifeEventFragment {
  sequence++;
  return { id: `e${sequence}`, sequence: String(sequence), type, actor: "demo", occurredAt: "", numberedAt: null, processingStep: null, risks: [], changes: [], ...fields };
}

const work = (before: string, after: string, fields: Partial<LifeEventFragment> = {}) =>
  event("ORDER_PROCESSING", { changes: before === after ? [] : [{ field: "processingStatus", before, after }], ...fields });

test("background work is one entry, from its first status to its last, with its steps and findings", () => {
  const [created, worked, paid] = historyOf([
    event("ORDER_CREATED"),
    work("PENDING", "RUNNING"),
    work("RUNNING", "RUNNING", { processingStep: "CHECK_RISK", risks: ["LARGE_TOTAL"] }),
    work("RUNNING", "RUNNING", { processingStep: "CONFIRM" }),
    work("RUNNING", "DONE"),
    event("ORDER_PAID"),
  ]);
  expect([created?.event.type, worked?.steps, worked?.risks, paid?.event.type]).toEqual(["ORDER_CREATED", ["CHECK_RISK", "CONFIRM"], ["LARGE_TOTAL"], "ORDER_PAID"]);
  expect(worked?.changes).toEqual([{ field: "processingStatus", before: "PENDING", after: "DONE" }]);
});

test("work that continues after another event is another entry", () => {
  expect(historyOf([work("PENDING", "RUNNING"), event("ORDER_PAID"), work("RUNNING", "DONE")]).map(({ event }) => event.type)).toEqual(["ORDER_PROCESSING", "ORDER_PAID", "ORDER_PROCESSING"]);
});

test("data for programs only is left out", () => {
  const changes = ["status", "version", "updatedAt", "paidAt"].map((field) => ({ field, before: 1, after: 2 }));
  expect(historyOf([event("ORDER_PAID", { changes })])[0]?.changes.map(({ field }) => field)).toEqual(["status"]);
});
