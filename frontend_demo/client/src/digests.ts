/** Requests name published documents by their SHA-256 instead of sending them. A server that does not know one gets its text. */

/** The SHA-256 of each document, in hexadecimal, by the name of its operation. */
export type Published = Readonly<Record<string, string>>;

const MISS = "PERSISTED_QUERY_NOT_FOUND";
/** An answer that is longer is no refusal. */
const LONGEST_REFUSAL = 2_000;

interface Asked {
  readonly query?: string;
  readonly operationName?: string | null;
}

/** `fetch` for a GraphQL client, such as urql's `fetch` and the `fetch` of Apollo's `HttpLink`. */
export function withDigests(published: Published, send: typeof fetch = (input, init) => fetch(input, init)): typeof fetch {
  const missed = new Set<string>();
  return async (input, init) => {
    const asked = init?.method === "POST" && typeof init.body === "string" ? (JSON.parse(init.body) as Asked) : {};
    const name = asked.operationName ?? "";
    const digest = published[name];
    if (!digest || missed.has(name)) return send(input, init);
    const { query: _, ...rest } = asked;
    const answer = await send(input, { ...init, body: JSON.stringify({ ...rest, documentId: `sha256:${digest}` }) });
    if (!(await isRefused(answer))) return answer;
    missed.add(name);
    return send(input, init);
  };
}

async function isRefused(answer: Response): Promise<boolean> {
  const length = Number(answer.headers.get("content-length") ?? 0);
  return length <= LONGEST_REFUSAL && (await answer.clone().text()).includes(MISS);
}

/** Whether the errors of an operation over a socket say that the server does not know its digest. */
export function isMiss(error: unknown): boolean {
  return Array.isArray(error) && (error as readonly { extensions?: { code?: unknown } }[])[0]?.extensions?.code === MISS;
}
