import { expect, test } from "vitest";
import { momentsOf, noteAnswer, noteMessage } from "./moments";

const next = (sequence: unknown) => ({ type: "next" as never, payload: { data: { orderEvents: { sequence } } } });

test("an event was seen when it first arrived, over any subscription", () => {
  noteMessage(next("41"), 1_000);
  noteMessage(next("41"), 2_000);
  expect(momentsOf("41")).toEqual({ seenAt: 1_000 });
  expect(momentsOf("42")).toEqual({ seenAt: undefined });
});

test("other messages are not recorded", () => {
  for (const message of [{ type: "pong" as never }, { type: "next" as never, payload: { data: null } }, next(7), { type: "next" as never, payload: { data: { orderStats: null } } }]) noteMessage(message, 1);
  expect(momentsOf("7").seenAt).toBeUndefined();
});

test("a placed order knows its request and answer times, its other events don't", () => {
  for (const data of [{ createOrder: { order: { number: "K7Q2F-9M4TD" } } }, { createOrder: { order: null } }, { payOrder: {} }, null]) noteAnswer(data, 10, 30);
  expect(momentsOf("50", "K7Q2F-9M4TD")).toEqual({ seenAt: undefined, askedAt: 10, answeredAt: 30 });
  expect(momentsOf("51")).toEqual({ seenAt: undefined });
});

test("the newest are kept", () => {
  for (let sequence = 1_000; sequence < 7_000; sequence++) noteMessage(next(String(sequence)), sequence);
  expect(momentsOf("1000").seenAt).toBeUndefined();
  expect(momentsOf("6999").seenAt).toBe(6_999);
});
