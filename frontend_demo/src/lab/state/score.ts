/** The number of lost and doubled effects in all. Pure. */
import type { LabEffectsQuery } from "../../api/generated";
import type { Tally } from "./tally";

export type EffectCount = LabEffectsQuery["labEffects"][number];

export interface Score {
  readonly lost: number;
  readonly doubled: number;
  readonly waiting: number;
  readonly dead: number;
}

/** What this page received, beside what the log had at the last count: events may be on their way, and others came since. */
export function receivedHere(effects: readonly EffectCount[], tally: Tally): Omit<EffectCount, "kind"> {
  const numbered = effects.find(({ kind }) => kind === "PLACE")?.done ?? 0;
  const expected = Math.max(numbered, tally.received + tally.missed);
  return { expected, done: tally.received, waiting: expected - tally.received - tally.missed, dead: 0, skipped: 0, lost: tally.missed, doubled: tally.doubled };
}

export function scoreOf(effects: readonly EffectCount[], tally: Tally): Score {
  const sum = (name: "lost" | "doubled" | "waiting" | "dead") => effects.reduce((total, effect) => total + effect[name], 0);
  return { lost: sum("lost") + tally.missed, doubled: sum("doubled") + tally.doubled, waiting: sum("waiting"), dead: sum("dead") };
}
