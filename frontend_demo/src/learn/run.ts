/** Runs a chapter's faults on the server, and arranges the outcomes: a fault, and the designs side by side. */
export interface Outcome {
  readonly fault: string;
  readonly says: string;
  readonly design: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly timeline: readonly string[];
}

export interface FaultOutcomes {
  readonly name: string;
  readonly says: string;
  readonly designs: readonly Outcome[];
}

/** What is wrong if it is not zero. */
const BAD = ["refused", "lost", "doubled", "false", "wrong", "unpaid", "failed"];

export async function runChapter(chapter: number): Promise<readonly FaultOutcomes[]> {
  const answer = await fetch(`/learn/run/${chapter}/`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  const said = (await answer.json()) as { outcomes?: Outcome[]; error?: string };
  if (!said.outcomes) throw new Error(said.error ?? answer.statusText);
  return byFault(said.outcomes);
}

export function byFault(outcomes: readonly Outcome[]): readonly FaultOutcomes[] {
  const names = [...new Set(outcomes.map(({ fault }) => fault))];
  return names.map((name) => {
    const designs = outcomes.filter(({ fault }) => fault === name);
    return { name, says: designs[0]?.says ?? "", designs };
  });
}

/** What went wrong, in words; empty if nothing did. */
export function problems({ numbers }: Outcome): string {
  return BAD.filter((name) => numbers[name]).map((name) => `${name} ${numbers[name]}`).join(", ");
}

/** The kind of a step, for its colour. */
export function kindOf(step: string): "kill" | "outside" | "transaction" | "change" {
  if (/^(kill|---|the (broker|client|task|mail))|is down/.test(step)) return "kill";
  if (/^(mail|message|job)/.test(step)) return "outside";
  return /^(BEGIN|COMMIT|ROLLBACK)/.test(step) ? "transaction" : "change";
}
