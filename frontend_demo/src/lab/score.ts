/** The number of lost and doubled effects in all. Pure. */
import type { LabEffectsQuery } from "../api/generated";
import type { Tally } from "./tally";

export type EffectCount = LabEffectsQuery["labEffects"][number];

export interface Score {
  readonly lost: number;
  readonly doubled: number;
  readonly waiting: number;
  readonly dead: number;
}

export function scoreOf(effects: readonly EffectCount[], tally: Tally): Score {
  const sum = (name: "lost" | "doubled" | "waiting" | "dead") => effects.reduce((total, effect) => total + effect[name], 0);
  return { lost: sum("lost") + tally.missed, doubled: sum("doubled") + tally.doubled, waiting: sum("waiting"), dead: sum("dead") };
}
