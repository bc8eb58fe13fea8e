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

/** The chapter's outcomes, or in the server's words why there are none; undefined without an answer. */
export async function runChapter(chapter: number): Promise<readonly FaultOutcomes[] | string | undefined> {
  try {
    const answer = await fetch(`/learn/run/${chapter}/`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    const said = (await answer.json()) as { outcomes?: Outcome[]; error?: string };
    return said.outcomes ? byFault(said.outcomes) : (said.error ?? answer.statusText);
  } catch {
    return undefined; // The browser's own words are in English, and say nothing to a reader.
  }
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
