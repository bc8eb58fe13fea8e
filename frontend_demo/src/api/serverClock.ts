/** The offset of this machine's clock from the server's: requested now and then; the fastest of the last answers is used. */
import { client } from "./client";
import { ServerTimeDocument } from "./generated";

export interface Sample {
  /** The server's clock minus ours. */
  readonly offsetMs: number;
  /** The offset may be wrong by half of this. */
  readonly tookMs: number;
}

const KEPT = 8;
const FIRST_MS = [0, 1_000, 3_000];
const EVERY_MS = 60_000;

let samples: readonly Sample[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** The time on the server, as far as it is known. */
export function serverNow(): number {
  return Date.now() + (best(samples)?.offsetMs ?? 0);
}

export function best(samples: readonly Sample[]): Sample | undefined {
  return samples.reduce<Sample | undefined>((least, one) => (least && least.tookMs <= one.tookMs ? least : one), undefined);
}

export function sampleOf(askedAt: number, answeredAt: number, serverTime: string): Sample {
  return { offsetMs: Date.parse(serverTime) - (askedAt + answeredAt) / 2, tookMs: answeredAt - askedAt };
}

/** Begin to send requests; once for the page. */
export function keepServerClock(round = 0): void {
  clearTimeout(timer);
  timer = setTimeout(() => void ask().finally(() => keepServerClock(round + 1)), FIRST_MS[round] ?? EVERY_MS);
}

async function ask(): Promise<void> {
  const askedAt = Date.now();
  const { data } = await client.query(ServerTimeDocument, {}).toPromise();
  if (data) samples = [...samples, sampleOf(askedAt, Date.now(), data.viewer.serverTime)].slice(-KEPT);
}
