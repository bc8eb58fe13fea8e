import { describe, expect, it } from "vitest";
import type { BoardOrderFragment } from "../api/generated";
import { MOVES_MAX, NOTHING, endMove, endPlaced, moved, moving, placed, placing, seen, shown, shownRows } from "./overlay";

const row = (id: string, more: Partial<BoardOrderFragment> = {}) => ({ id, number: id, status: "NEW", version: 1, ...more }) as BoardOrderFragment;
const ids = (rows: readonly BoardOrderFragment[]) => rows.map(({ id }) => id);

describe("an order that is placed", () => {
  const sending = placing(NOTHING, "k-1", row("placing:k-1"));

  it("is on top immediately", () => {
    expect(ids(shownRows([row("a")], sending))).toEqual(["placing:k-1", "a"]);
  });

  it("disappears when it is refused", () => {
    expect(shownRows([row("a")], endPlaced(sending, "k-1"))).toEqual([row("a")]);
  });

  it("is listed once, whether the answer or the event comes first", () => {
    const taken = placed(sending, "k-1", row("b"));

    expect(ids(shownRows([row("a")], taken))).toEqual(["b", "a"]);
    expect(ids(shownRows([row("b"), row("a")], taken))).toEqual(["b", "a"]);
    expect(seen(taken, (id) => id === "b").placed).toEqual([]);
  });

  it("is not placed by an answer that comes after its end", () => {
    expect(placed(endPlaced(sending, "k-1"), "k-1", row("b")).placed).toEqual([]);
  });

  it("changes nothing for subscribers of other orders", () => {
    expect(seen(sending, (id) => id === "z")).toBe(sending);
    expect(endPlaced(sending, "other")).toBe(sending);
  });
});

describe("an order that is moved", () => {
  const sending = moving(NOTHING, row("a"), "PAID");

  it("shows its new status immediately, and no further transitions", () => {
    expect(shown({ ...row("a"), availableTransitions: ["PAID"] }, sending)).toMatchObject({ status: "PAID", availableTransitions: [] });
    expect(shown(row("b"), sending)).toEqual(row("b"));
  });

  it("is as before when it is refused", () => {
    expect(shown(row("a"), endMove(sending, "a"))).toEqual(row("a"));
  });

  it("is as the server answered until the feed is as far, then as in the feed", () => {
    const done = moved(sending, { id: "a", number: "a", status: "PAID", version: 2, availableTransitions: ["SHIPPED"] });

    expect(shown(row("a"), done)).toMatchObject({ status: "PAID", version: 2, availableTransitions: ["SHIPPED"] });
    expect(shown(row("a", { status: "SHIPPED", version: 3 }), done)).toMatchObject({ status: "SHIPPED" });
  });

  it("never hides another user's change", () => {
    expect(shown(row("a", { status: "CANCELLED", version: 2 }), sending)).toMatchObject({ status: "CANCELLED" });
  });

  it("is dropped after many others", () => {
    let overlay = sending;
    for (let number = 0; number < MOVES_MAX; number++) overlay = moving(overlay, row(`o-${number}`), "PAID");

    expect(overlay.moved.size).toBe(MOVES_MAX);
    expect(overlay.moved.has("a")).toBe(false);
  });
});

it("leaves the rows unchanged when nothing was done", () => {
  const rows = [row("a")];

  expect(shownRows(rows, NOTHING)).toBe(rows);
});
