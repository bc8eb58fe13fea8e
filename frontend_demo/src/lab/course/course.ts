/** The lab's course: what is predicted, done and observed in each step. Pure; the texts are in texts/course.ts. */
import type { Plug } from "../../api/generated";
import type { Score } from "../state/score";
import type { Tally } from "../state/tally";

export type Act =
  | { readonly kind: "place"; readonly orders: number }
  | { readonly kind: "switch"; readonly receiver: string; readonly on: boolean }
  | { readonly kind: "break" | "repair" | "retry" | "replay"; readonly receiver: string }
  | { readonly kind: "pull"; readonly plug: Plug };

/** What the page knows at one moment. */
export interface Seen {
  readonly receivers: readonly { readonly name: string; readonly enabled: boolean; readonly pending: number; readonly retrying: number; readonly dead: number }[];
  readonly plugs: readonly { readonly plug: Plug; readonly secondsLeft: number; readonly dropped: number }[];
  readonly tally: Tally;
  /** Undefined until it is counted. */
  readonly score: Score | undefined;
}

/** What happened in the present step: orders accepted, and which acts are done, by their place in the step. */
export interface Done {
  readonly accepted: number;
  readonly acts: readonly number[];
  /** What was seen when the step was begun. */
  readonly before: Seen;
}

export interface Step {
  readonly name: StepName;
  /** The place of the right prediction. */
  readonly right: number;
  readonly acts: readonly Act[];
  /** What is to be observed, in order; each once it was true stays observed. */
  readonly facts: readonly ((seen: Seen, done: Done) => boolean)[];
  /** The chapter of the guide that makes the same fault with plain signals. */
  readonly chapter: number;
  /** The receiver whose code and numbers are shown below. */
  readonly receiver: string;
}

export const STEP_NAMES = ["off", "fails", "worker", "messages", "twice"] as const;
export type StepName = (typeof STEP_NAMES)[number];

const left = ({ receivers }: Seen, name: string) => {
  const one = receivers.find((receiver) => receiver.name === name);
  return one ? one.pending + one.retrying : 0;
};
const deadOf = ({ receivers }: Seen, name: string) => receivers.find((receiver) => receiver.name === name)?.dead ?? 0;
const isOn = ({ receivers }: Seen, name: string) => receivers.find((receiver) => receiver.name === name)?.enabled ?? false;
const plugOf = ({ plugs }: Seen, plug: Plug) => plugs.find((one) => one.plug === plug);
const isOut = (seen: Seen, plug: Plug) => (plugOf(seen, plug)?.secondsLeft ?? 0) > 0;
const nothingLost = ({ score }: Seen) => score?.lost === 0;

export const STEPS: readonly Step[] = [
  {
    name: "off",
    right: 2,
    acts: [{ kind: "switch", receiver: "audit", on: false }, { kind: "place", orders: 3 }, { kind: "switch", receiver: "audit", on: true }],
    facts: [(_, { accepted }) => accepted >= 3, (seen) => !isOn(seen, "audit") && left(seen, "audit") >= 3, (seen, { acts }) => acts.includes(2) && isOn(seen, "audit") && left(seen, "audit") === 0 && nothingLost(seen)],
    chapter: 1,
    receiver: "audit",
  },
  {
    name: "fails",
    right: 1,
    acts: [{ kind: "break", receiver: "notifications" }, { kind: "place", orders: 2 }, { kind: "repair", receiver: "notifications" }, { kind: "retry", receiver: "notifications" }],
    facts: [(_, { accepted }) => accepted >= 2, (seen) => deadOf(seen, "notifications") >= 2, (seen, { acts }) => acts.includes(3) && left(seen, "notifications") + deadOf(seen, "notifications") === 0 && nothingLost(seen)],
    chapter: 7,
    receiver: "notifications",
  },
  {
    name: "worker",
    right: 0,
    acts: [{ kind: "pull", plug: "WORKER" }, { kind: "place", orders: 3 }],
    facts: [(_, { accepted }) => accepted >= 3, (seen) => isOut(seen, "WORKER") && left(seen, "processing") >= 3, (seen, { acts }) => acts.length === 2 && !isOut(seen, "WORKER") && left(seen, "processing") === 0 && nothingLost(seen)],
    chapter: 8,
    receiver: "processing",
  },
  {
    name: "messages",
    right: 1,
    acts: [{ kind: "pull", plug: "CHANNEL_LAYER" }, { kind: "place", orders: 3 }],
    facts: [
      (seen, { before }) => (plugOf(seen, "CHANNEL_LAYER")?.dropped ?? 0) > (plugOf(before, "CHANNEL_LAYER")?.dropped ?? 0),
      (seen, { accepted, before }) => accepted >= 3 && seen.tally.received >= before.tally.received + 3,
      (seen, { acts }) => acts.length === 2 && seen.tally.missed === 0 && seen.tally.doubled === 0,
    ],
    chapter: 12,
    receiver: "subscriptions",
  },
  {
    name: "twice",
    right: 2,
    acts: [{ kind: "place", orders: 1 }, { kind: "replay", receiver: "processing" }],
    facts: [(_, { accepted }) => accepted >= 1, (_, { acts }) => acts.includes(1), (seen, { acts }) => acts.includes(1) && left(seen, "processing") === 0 && seen.score?.doubled === 0],
    chapter: 5,
    receiver: "processing",
  },
];

/** Which facts of a step were observed, with those that are true now. They come in order: one counts when all before it were observed. */
export function observed(step: Step, already: number, seen: Seen, done: Done): number {
  const fact = step.facts[already];
  return fact?.(seen, done) ? observed(step, already + 1, seen, done) : already;
}
