/**
 * Sends a file's chunks one after the other until each has its outcome, however often the network or the server fails.
 * It can stop at any point and start again: each chunk has its own key, so the server creates its orders once.
 * Independent of React, the clock and the network: they are passed in.
 */
import { type Trouble, isUnsure } from "orders-client";
import type { Chunk } from "./chunks";
import { type BatchAnswer, type Outcomes, allRefused, batchErrors, outcomesOf } from "./outcomes";
import type { ReadFile } from "../file/drafts";
import { refusalText } from "../../texts";

export interface Ports {
  readonly send: (chunk: Chunk) => Promise<BatchAnswer | Trouble>;
  /** The orders that have these references. */
  readonly find: (references: readonly string[]) => Promise<readonly Found[] | Trouble>;
  /** Ends early when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

export interface Found {
  readonly id: string;
  readonly number: string;
  readonly externalReference: string | null;
}

export type Step =
  | { readonly kind: "sending"; readonly index: number }
  /** Nothing was lost; it is tried again by itself. */
  | { readonly kind: "waiting"; readonly index: number; readonly trouble: Trouble; readonly milliseconds: number }
  | { readonly kind: "done"; readonly index: number; readonly outcomes: Outcomes }
  /** Only the user can help, by signing in for example. */
  | { readonly kind: "stuck"; readonly index: number; readonly trouble: Trouble };

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
const FAULTS_MAX = 5;
const IN_PROGRESS: Trouble = { kind: "throttled", seconds: 1 };

/** Ends when all is done, when it is stuck, or soon after the signal is aborted. */
export async function* run(chunks: readonly Chunk[], ports: Ports, columnOf: ReadFile["columnOf"], signal: AbortSignal): AsyncGenerator<Step> {
  for (const chunk of chunks) {
    if (signal.aborted) return;
    for await (const step of runChunk(chunk, ports, columnOf, signal)) {
      yield step;
      if (step.kind === "stuck") return;
    }
  }
}

async function* runChunk(chunk: Chunk, ports: Ports, columnOf: ReadFile["columnOf"], signal: AbortSignal): AsyncGenerator<Step> {
  const { index } = chunk;
  for (let tries = 0; !signal.aborted; tries++) {
    yield { kind: "sending", index };
    const answer = await attempt(chunk, ports, columnOf);
    if ("outcomes" in answer) return yield { kind: "done", index, outcomes: answer.outcomes };
    const { trouble } = answer;
    if (!passes(trouble, tries)) return yield { kind: "stuck", index, trouble };
    const milliseconds = waitFor(trouble, tries, ports.random);
    yield { kind: "waiting", index, trouble, milliseconds };
    await ports.wait(milliseconds, signal);
  }
}

async function attempt(chunk: Chunk, { send, find }: Ports, columnOf: ReadFile["columnOf"]): Promise<{ outcomes: Outcomes } | { trouble: Trouble }> {
  const answer = await send(chunk);
  // A refused portion would be refused again: the others continue.
  if ("kind" in answer) return answer.kind === "refused" ? { outcomes: allRefused(chunk, answer.message) } : { trouble: answer };
  const whole = batchErrors(answer);
  if (whole.some(({ code }) => code === "IDEMPOTENCY_IN_PROGRESS")) return { trouble: IN_PROGRESS };
  if (whole.length) return { outcomes: allRefused(chunk, whole.map(refusalText).join(" ")) };
  const outcomes = outcomesOf(chunk, answer, columnOf);
  const there = [...outcomes].filter(([, { kind }]) => kind === "there").map(([reference]) => reference);
  if (!there.length) return { outcomes };
  const found = await find(there);
  return "kind" in found ? { trouble: found } : { outcomes: withNumbers(outcomes, found) };
}

function withNumbers(outcomes: Outcomes, found: readonly Found[]): Outcomes {
  const all = new Map(outcomes);
  for (const { id, number, externalReference } of found) if (externalReference !== null) all.set(externalReference, { kind: "there", id, number });
  return all;
}

/** Whether a later try may succeed. */
function passes(trouble: Trouble, tries: number): boolean {
  if (trouble.kind === "fault") return tries + 1 < FAULTS_MAX;
  return trouble.kind === "throttled" || isUnsure(trouble);
}

/** As long as the server requests; otherwise doubled at each try, with jitter. */
function waitFor(trouble: Trouble, tries: number, random: () => number): number {
  if (trouble.kind === "throttled") return trouble.seconds * 1_000;
  return Math.min(FIRST_WAIT * 2 ** tries, LONGEST_WAIT) * (0.5 + random() / 2);
}
