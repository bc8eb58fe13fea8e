import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reader } from "./reading";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begun({ pause, hidden = false }: { pause?: number; hidden?: boolean } = {}) {
  const answers: { answer(value: string): void; refuse(trouble: Error): void }[] = [];
  const shown: string[] = [];
  const troubles: unknown[] = [];
  const read = () => new Promise<string>((answer, refuse) => answers.push({ answer, refuse }));
  const reader = new Reader<string>({ read, again: () => pause }, (value) => shown.push(value), (trouble) => troubles.push(trouble), 2_000, () => hidden);
  return { reader, answers, shown, troubles, settle: () => vi.advanceTimersByTimeAsync(0) };
}

test("notifications during a read cause one more read, after it", async () => {
  const { reader, answers, shown, settle } = begun();
  for (let count = 0; count < 5; count++) reader.refresh();
  expect(answers.length).toBe(1);
  answers[0]?.answer("early");
  await settle();
  answers[1]?.answer("late");
  await settle();
  expect([shown, answers.length]).toEqual([["early", "late"], 2]);
});

test("reads again after the pause that the answer decides", async () => {
  const { reader, answers } = begun({ pause: 700 });
  reader.refresh();
  answers[0]?.answer("one");
  await vi.advanceTimersByTimeAsync(699);
  expect(answers.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(answers.length).toBe(2);
});

test("a hidden page waits until it is notified", async () => {
  const { reader, answers } = begun({ pause: 700, hidden: true });
  reader.refresh();
  answers[0]?.answer("one");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answers.length).toBe(1);
});

test("an error is reported, and the read is tried again later", async () => {
  const { reader, answers, troubles } = begun();
  reader.refresh();
  answers[0]?.refuse(new Error("away"));
  await vi.advanceTimersByTimeAsync(2_000);
  expect([troubles.length, answers.length]).toEqual([1, 2]);
});

test("after its end nothing is shown or read", async () => {
  const { reader, answers, shown, troubles, settle } = begun({ pause: 1 });
  reader.refresh();
  reader.end();
  answers[0]?.answer("late");
  await settle();
  reader.refresh();
  expect([shown, troubles, answers.length]).toEqual([[], [], 1]);
});
