import { describe, expect, it } from "vitest";
import { courseTexts as english } from "../../texts/en/course";
import { type Done, STEPS, STEP_NAMES, type Seen, observed } from "./course";
import { NOTHING_RECEIVED } from "../state/tally";

const receiver = (name: string, more: Partial<Seen["receivers"][number]> = {}) => ({ name, enabled: true, pending: 0, retrying: 0, dead: 0, ...more });
const seen = (more: Partial<Seen> = {}): Seen => ({
  receivers: [receiver("audit"), receiver("notifications"), receiver("processing"), receiver("subscriptions")],
  plugs: [
    { plug: "WORKER", secondsLeft: 0, dropped: 0 },
    { plug: "CHANNEL_LAYER", secondsLeft: 0, dropped: 4 },
  ],
  tally: NOTHING_RECEIVED,
  score: { lost: 0, doubled: 0, waiting: 0, dead: 0 },
  ...more,
});
const done = (more: Partial<Done> = {}): Done => ({ accepted: 0, acts: [], before: seen(), ...more });
const step = (name: (typeof STEP_NAMES)[number]) => STEPS.find((one) => one.name === name) ?? expect.fail(name);

describe("the course", () => {
  it("has a text for each act, each fact and a right prediction in each step", () => {
    expect(STEPS.map(({ name }) => name)).toEqual([...STEP_NAMES]);
    for (const { name, acts, facts, right } of STEPS) {
      const said = english.course.step[name];
      expect([said.acts.length, said.facts.length]).toEqual([acts.length, facts.length]);
      expect(said.choices[right]).toBeDefined();
    }
  });

  it("observes nothing before anything is done", () => {
    expect(STEPS.map((one) => observed(one, 0, seen(), done()))).toEqual([0, 0, 0, 0, 0]);
  });

  it("keeps what was observed, although it is over", () => {
    const off = step("off");
    const waits = seen({ receivers: [receiver("audit", { enabled: false, pending: 3 })] });
    expect(observed(off, 0, waits, done({ accepted: 3, acts: [0, 1] }))).toBe(2);
    expect(observed(off, 2, seen(), done({ accepted: 3, acts: [0, 1] }))).toBe(2);
    expect(observed(off, 2, seen(), done({ accepted: 3, acts: [0, 1, 2] }))).toBe(3);
  });

  it("goes to the end in no step in which something is lost or doubled", () => {
    const score = { lost: 1, doubled: 1, waiting: 0, dead: 0 };
    const tally = { ...NOTHING_RECEIVED, received: 3, missed: 1, doubled: 1 };
    for (const one of STEPS) {
      const all = done({ accepted: 3, acts: [...one.acts.keys()] });
      expect([observed(one, 2, seen({ score, tally }), all), observed(one, 2, seen(), all)]).toEqual([2, 3]);
    }
  });

  it("counts dropped messages and received events from the step's beginning", () => {
    const lost = step("messages");
    const before = seen({ tally: { ...NOTHING_RECEIVED, received: 5 } });
    const after = (dropped: number, received: number) => seen({ plugs: [{ plug: "CHANNEL_LAYER", secondsLeft: 9, dropped }], tally: { ...NOTHING_RECEIVED, received } });
    expect(observed(lost, 0, after(4, 9), done({ before, accepted: 3 }))).toBe(0);
    expect(observed(lost, 0, after(6, 7), done({ before, accepted: 3 }))).toBe(1);
    expect(observed(lost, 0, after(6, 8), done({ before, accepted: 3 }))).toBe(2);
  });
});
