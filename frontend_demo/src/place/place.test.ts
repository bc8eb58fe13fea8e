import { describe, expect, it } from "vitest";
import type { RefusalFragment } from "../api/generated";
import { EMPTY, type OrderDraft, draftOf, inputOf, partOf, totalOf, withLine, withLineField, withoutLine } from "./draft";
import { withoutError } from "../api/refusals";
import { formErrors, ofTheOne, withoutLineErrors } from "./errors";
import { sampleOrder } from "./sample";
import { type Kept, currentSubmission, endSubmission, keepSubmission } from "./submission";

const filled: OrderDraft = withLineField(withLineField(EMPTY, 1, "sku", " TEA "), 1, "unitPrice", "9.90");
const refusal = (field: string[] | null, message = "Wrong."): RefusalFragment => ({ code: "INVALID", field, message, currentVersion: null });

describe("the input", () => {
  it("has what was filled in, and nothing else", () => {
    expect(inputOf({ ...filled, customerName: " Ada " })).toEqual({ input: { customerName: "Ada", lines: [{ sku: "TEA", quantity: 1, unitPrice: "9.90" }] }, unread: [] });
  });

  it("is a bare total, or lines, never both", () => {
    expect(inputOf({ ...filled, by: "total", total: "12.50" }).input).toEqual({ total: "12.50" });
  });

  it("leaves to the server whether a number is valid", () => {
    expect(inputOf(withLineField(filled, 1, "quantity", "0")).input.lines).toEqual([{ sku: "TEA", quantity: 0, unitPrice: "9.90" }]);
  });

  it("reports at its field what can't be sent", () => {
    const { input, unread } = inputOf(withLineField(withLine(filled), 2, "quantity", "two"));

    expect(unread.map(({ field }) => field)).toEqual([["lines", "1", "quantity"], ["lines", "1", "unitPrice"]]);
    expect(input.lines?.[1]).toEqual({ sku: "", quantity: 1, unitPrice: "0" });
  });

  it("equals the sample", () => {
    const sample = sampleOrder(() => 0.5);

    expect(inputOf(draftOf(sample)).input).toEqual(sample);
  });
});

it("knows an order's price as soon as all its numbers can be read", () => {
  expect(totalOf(filled)).toBe("9.90");
  expect(totalOf(withLine(filled))).toBeNull();
  expect(totalOf({ ...EMPTY, by: "total", total: "5" })).toBe("5");
  expect(partOf(filled.lines[0] ?? { id: 0, sku: "", name: "", quantity: "", unitPrice: "" })).toEqual({ times: 1, amount: "9.90" });
});

it("keeps the other lines when a line is removed", () => {
  const three = withLine(withLine(filled));

  expect(withoutLine(three, 2).lines.map(({ id }) => id)).toEqual([1, 3]);
  expect(withLine(withoutLine(three, 2)).lines.map(({ id }) => id)).toEqual([1, 3, 4]);
});

describe("the server's errors", () => {
  it("are shown at the fields of their paths", () => {
    const errors = formErrors([refusal(["lines", "0", "quantity"], "Must be at least 1."), refusal(["customerEmail"]), refusal(["customerEmail"], "Twice.")], filled);

    expect([...errors.fields]).toEqual([["lines.0.quantity", "Must be at least 1."], ["customerEmail", "Wrong. Twice."]]);
    expect(errors.others).toEqual([]);
  });

  it("are shown even if they concern no field of the form", () => {
    expect(formErrors([refusal(null), refusal(["metadata"]), refusal(["lines", "7", "sku"])], filled).others).toEqual(["Wrong.", "metadata: Wrong.", "lines 7 sku: Wrong."]);
  });

  it("require lines where the form has lines", () => {
    expect([...formErrors([refusal(["total"])], filled).fields.keys()]).toEqual(["lines"]);
    expect([...formErrors([refusal(["total"])], { ...filled, by: "total" }).fields.keys()]).toEqual(["total"]);
  });

  it("disappear when their field is corrected, or their lines have moved", () => {
    const errors = formErrors([refusal(["lines", "0", "sku"]), refusal(["currency"])], filled);

    expect([...withoutError(errors, "currency").fields.keys()]).toEqual(["lines.0.sku"]);
    expect([...withoutLineErrors(errors).fields.keys()]).toEqual(["currency"]);
    expect(withoutError(errors, "total")).toBe(errors);
  });

  it("of a batch of one are those of its order", () => {
    expect(ofTheOne([refusal(["orders", "0", "lines", "1", "sku"]), refusal(["orders"]), refusal(null)]).map(({ field }) => field)).toEqual([["lines", "1", "sku"], ["orders"], null]);
  });
});

describe("a submission", () => {
  function memory(): Kept {
    const kept = new Map<string, string>();
    return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), removeItem: (name) => void kept.delete(name) };
  }

  it("has one key until its answer is known, after a reload too", () => {
    const storage = memory();
    const first = { ...currentSubmission(storage), draft: filled, unsure: true };
    keepSubmission(storage, first);

    expect(currentSubmission(storage)).toEqual(first);
    expect(endSubmission(storage).idempotencyKey).not.toBe(first.idempotencyKey);
    expect(currentSubmission(storage)).toMatchObject({ draft: EMPTY, unsure: false });
  });

  it.each(["{", "null", '{"idempotencyKey":1}', '{"idempotencyKey":"k","draft":{}}'])("starts empty where %s was stored", (text) => {
    const storage = memory();
    storage.setItem("order-form", text);

    expect(currentSubmission(storage).draft).toEqual(EMPTY);
  });
});
