import { expect, it, vi } from "vitest";
import type { MovableOrderFragment } from "../api/generated";
import { type SendSome, moveAll } from "./bulk";

const orders: MovableOrderFragment[] = Array.from({ length: 5 }, (_, index) => ({ id: `o-${index}`, number: `N-${index}`, status: "NEW", version: 1, availableTransitions: ["PAID"] }));
const fine: SendSome = () => Promise.resolve({ refusals: [] });

it("sends some at a time, and says how far it is", async () => {
  const send = vi.fn(fine);
  const progress = vi.fn();

  expect(await moveAll(orders, 2, send, progress)).toEqual({ moved: 5, refused: [] });
  expect(send.mock.calls.map(([some]) => some.length)).toEqual([2, 2, 1]);
  expect(progress.mock.calls).toEqual([[2], [4], [5]]);
});

it("names the orders that were refused, and goes on with the others", async () => {
  const send = vi.fn<SendSome>().mockResolvedValueOnce({ refusals: [{ place: 1, message: "Stale." }] }).mockImplementation(fine);

  expect(await moveAll(orders, 2, send, () => {})).toEqual({ moved: 4, refused: [{ number: "N-1", message: "Stale." }] });
});

it("ends when there is no answer, since the next would have none either", async () => {
  const trouble = { kind: "unanswered", reason: "gone" } as const;
  const send = vi.fn<SendSome>().mockResolvedValueOnce({ refusals: [] }).mockResolvedValue({ refusals: [], trouble });

  expect(await moveAll(orders, 2, send, () => {})).toEqual({ moved: 2, refused: [], trouble });
  expect(send).toHaveBeenCalledTimes(2);
});
