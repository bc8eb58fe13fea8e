import { describe, expect, it, vi } from "vitest";
import type { MovableOrderFragment } from "../api/generated";
import { type Ports, anyway, carryOut } from "./moving";
import type { Move, MoveAnswer } from "./send";

const MOVE: Move = { id: "o-1", to: "PAID", expectedVersion: 1, idempotencyKey: "k-1" };
const NOW: MovableOrderFragment = { id: "o-1", number: "K7Q2F", status: "PAID", version: 2, availableTransitions: ["SHIPPED", "CANCELLED"] };
const refusal = (code: "STALE_VERSION" | "INVALID_TRANSITION") => ({ code, field: null, message: `It is ${code}.`, currentVersion: null });

function ports(answer: MoveAnswer, now: Awaited<ReturnType<Ports["orderNow"]>> = NOW) {
  return { send: vi.fn(() => Promise.resolve(answer)), orderNow: vi.fn(() => Promise.resolve(now)) };
}

describe("carryOut", () => {
  it("returns the changed order", async () => {
    expect(await carryOut(MOVE, ports({ order: NOW }))).toEqual({ state: "moved", order: NOW });
  });

  it("returns the reason of a refusal, and sends nothing else", async () => {
    const given = ports({ refusals: [refusal("INVALID_TRANSITION")] });

    expect(await carryOut(MOVE, given)).toEqual({ state: "refused", messages: ["It is INVALID_TRANSITION."] });
    expect(given.orderNow).not.toHaveBeenCalled();
  });

  it("reads the present order when another user was faster", async () => {
    const given = ports({ refusals: [refusal("STALE_VERSION")] });

    expect(await carryOut(MOVE, given)).toEqual({ state: "stale", move: MOVE, now: NOW });
    expect(given.orderNow).toHaveBeenCalledWith("o-1");
  });

  it("can be sent again when the order could not be read", async () => {
    const trouble = { kind: "unanswered", reason: "Failed to fetch" } as const;

    expect(await carryOut(MOVE, ports({ refusals: [refusal("STALE_VERSION")] }, trouble))).toEqual({ state: "failed", move: MOVE, trouble });
  });

  it("keeps the move, with its key, when no answer came", async () => {
    const trouble = { kind: "unanswered", reason: "Failed to fetch" } as const;

    expect(await carryOut(MOVE, ports({ trouble }))).toEqual({ state: "failed", move: MOVE, trouble });
  });
});

describe("anyway", () => {
  const stale = (to: Move["to"]) => ({ state: "stale", move: { ...MOVE, to, reason: "Sold out" }, now: NOW }) as const;

  it("is another call on the order's present version", () => {
    expect(anyway(stale("CANCELLED"), () => "k-2")).toEqual({ id: "o-1", to: "CANCELLED", reason: "Sold out", expectedVersion: 2, idempotencyKey: "k-2" });
  });

  it("is not offered if the order can't change like this any more", () => {
    expect(anyway(stale("PAID"), () => "k-2")).toBeNull();
  });
});
