import { describe, expect, it, vi } from "vitest";
import type { MovableOrderFragment } from "../api/generated";
import { type Doors, anyway, carryOut } from "./moving";
import type { Move, MoveAnswer } from "./send";

const MOVE: Move = { id: "o-1", to: "PAID", expectedVersion: 1, idempotencyKey: "k-1" };
const NOW: MovableOrderFragment = { id: "o-1", number: "K7Q2F", status: "PAID", version: 2, availableTransitions: ["SHIPPED", "CANCELLED"] };
const refusal = (code: "STALE_VERSION" | "INVALID_TRANSITION") => ({ code, field: null, message: `It is ${code}.`, currentVersion: null });

function doors(answer: MoveAnswer, now: Awaited<ReturnType<Doors["orderNow"]>> = NOW) {
  return { send: vi.fn(() => Promise.resolve(answer)), orderNow: vi.fn(() => Promise.resolve(now)) };
}

describe("carryOut", () => {
  it("tells the order as it has become", async () => {
    expect(await carryOut(MOVE, doors({ order: NOW }))).toEqual({ state: "moved", order: NOW });
  });

  it("tells why it was refused, and asks for nothing else", async () => {
    const given = doors({ refusals: [refusal("INVALID_TRANSITION")] });

    expect(await carryOut(MOVE, given)).toEqual({ state: "refused", messages: ["It is INVALID_TRANSITION."] });
    expect(given.orderNow).not.toHaveBeenCalled();
  });

  it("asks what the order is now when another user was faster", async () => {
    const given = doors({ refusals: [refusal("STALE_VERSION")] });

    expect(await carryOut(MOVE, given)).toEqual({ state: "stale", move: MOVE, now: NOW });
    expect(given.orderNow).toHaveBeenCalledWith("o-1");
  });

  it("can be sent again when the order could not be read", async () => {
    const trouble = { kind: "unanswered", reason: "Failed to fetch" } as const;

    expect(await carryOut(MOVE, doors({ refusals: [refusal("STALE_VERSION")] }, trouble))).toEqual({ state: "failed", move: MOVE, trouble });
  });

  it("keeps the move, with its key, when no answer came", async () => {
    const trouble = { kind: "unanswered", reason: "Failed to fetch" } as const;

    expect(await carryOut(MOVE, doors({ trouble }))).toEqual({ state: "failed", move: MOVE, trouble });
  });
});

describe("anyway", () => {
  const stale = (to: Move["to"]) => ({ state: "stale", move: { ...MOVE, to, reason: "Sold out" }, now: NOW }) as const;

  it("is another call on the order's version of now", () => {
    expect(anyway(stale("CANCELLED"), () => "k-2")).toEqual({ id: "o-1", to: "CANCELLED", reason: "Sold out", expectedVersion: 2, idempotencyKey: "k-2" });
  });

  it("is not offered where the order can't go any more", () => {
    expect(anyway(stale("PAID"), () => "k-2")).toBeNull();
  });
});
