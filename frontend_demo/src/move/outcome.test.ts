import { expect, it } from "vitest";
import type { MovableOrderFragment } from "../api/generated";
import { outcome } from "./NextMove";
import type { Moving } from "./moving";
import type { Move } from "./send";

const order = { id: "1", number: "K7", status: "PAID" as const, version: 2, availableTransitions: [] } satisfies MovableOrderFragment;
const move = { id: "1", to: "PAID" as const, expectedVersion: 1, idempotencyKey: "k" } satisfies Move;

it.each<[Moving, ReturnType<typeof outcome>]>([
  [{ state: "moved", order }, ["Order K7 is paid.", true]],
  [{ state: "refused", messages: ["Not now."] }, ["K7: The change was refused: Not now.", false]],
  [{ state: "failed", move, trouble: { kind: "forbidden" } }, ["K7: You can view orders here, but not place or change them.", false]],
  [{ state: "idle" }, ["", false]],
  [{ state: "sending", move }, ["", false]],
  [{ state: "stale", move, now: order }, ["", false]],
])("says of %o: %o", (moving, said) => {
  expect(outcome("K7", moving)).toEqual(said);
});
