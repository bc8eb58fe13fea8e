/** The import of one file. It is independent of the pages: a user who opens the board meanwhile finds its progress later. */
import type { Trouble } from "orders-client";
import { texts } from "../../texts";
import { type Chunk, chunkKey, chunksOf, fileHash } from "./chunks";
import { UnreadableFile } from "../file/csv";
import type { ReadFile } from "../file/drafts";
import type { BatchAnswer, Outcomes } from "./outcomes";
import { type Encoding, type Preview, previews, recognised } from "../file/encoding";
import { BYTES_MAX, readFile } from "../file/read";
import { type Ports, type Step, run } from "./run";

export interface OpenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
  /** The encodings in which the file can be read. */
  readonly encodings: readonly Encoding[];
  readonly file: ReadFile;
  readonly chunks: readonly Chunk[];
  /** The server's errors, as far as they were requested. */
  readonly checked: Outcomes;
  readonly checkedChunks: number;
  readonly outcomes: Outcomes;
  readonly doneChunks: number;
  readonly status: "checking" | "ready" | "running" | "paused" | "stuck" | "done";
  /** Why it waits, and until when; or why it is stuck. */
  readonly trouble: { readonly trouble: Trouble; readonly until: number | null } | null;
}

/** Only its reader can say in which encoding the file is. */
export interface AskingFile {
  readonly status: "asking";
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly previews: readonly Preview[];
}

export type ImportState = { readonly status: "none"; readonly problem: string | null } | { readonly status: "reading" } | AskingFile | OpenFile;

/** Sends a portion to the server; the key is null in a dry run. */
export interface Server extends Omit<Ports, "send"> {
  readonly send: (chunk: Chunk, key: string | null) => Promise<BatchAnswer | Trouble>;
}

const NONE: ImportState = { status: "none", problem: null };

export class Importer {
  #state: ImportState = NONE;
  #keys: readonly string[] = [];
  #stop = new AbortController();
  readonly #server: Server;
  readonly #listeners = new Set<() => void>();

  constructor(server: Server) {
    this.#server = server;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): ImportState => this.#state;

  /** Read the file, in the chosen encoding or the recognised one, then check it on the server. */
  async open(name: string, bytes: Uint8Array, chosen?: Encoding): Promise<void> {
    const signal = this.#next();
    this.#become({ status: "reading" });
    try {
      if (bytes.length > BYTES_MAX) throw new UnreadableFile(texts.import.tooManyBytes(BYTES_MAX / 1024 / 1024));
      const { encoding: likely, possible, isUnsure } = recognised(bytes);
      if (isUnsure && !chosen) return this.#become({ status: "asking", name, bytes, previews: previews(bytes, possible) });
      const encoding = chosen ?? likely;
      const file = readFile(bytes, encoding);
      const chunks = chunksOf(file.drafts);
      const keys = await keysOf(file, chunks);
      if (signal.aborted) return;
      this.#keys = keys;
      this.#become({ name, bytes, encoding, encodings: possible, file, chunks, checked: new Map(), checkedChunks: 0, outcomes: new Map(), doneChunks: 0, status: "checking", trouble: null });
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      if (!signal.aborted) this.#become({ status: "none", problem: error.message });
      return;
    }
    await this.#check(signal);
  }

  /** Place what is not placed yet. */
  async start(): Promise<void> {
    const open = this.#open();
    if (!open || open.status === "running" || open.status === "done") return;
    const signal = this.#next();
    this.#change({ status: "running", trouble: null });
    const ports: Ports = { ...this.#server, send: (chunk) => this.#server.send(chunk, this.#keys[chunk.index] ?? null) };
    for await (const step of run(open.chunks.slice(open.doneChunks), ports, open.file.columnOf, signal)) {
      // An arrived answer counts, paused or not; a file that was closed meanwhile needs no count.
      if (this.#open()?.chunks !== open.chunks) return;
      this.#take(step);
    }
    if (!signal.aborted && this.#open()?.status === "running") this.#change({ status: "done", trouble: null });
  }

  /** After the portion that is on its way. */
  pause(): void {
    if (this.#open()?.status !== "running") return;
    this.#stop.abort();
    this.#change({ status: "paused", trouble: null });
  }

  close(): void {
    this.#next();
    this.#become(NONE);
  }

  async #check(signal: AbortSignal): Promise<void> {
    const open = this.#open();
    if (!open) return;
    const ports: Ports = { ...this.#server, send: (chunk) => this.#server.send(chunk, null), find: () => Promise.resolve([]) };
    for await (const step of run(open.chunks, ports, open.file.columnOf, signal)) {
      if (signal.aborted) return;
      if (step.kind === "done") this.#changeWith((now) => ({ checked: joined(now.checked, step.outcomes), checkedChunks: step.index + 1, trouble: null }));
      else if (step.kind === "waiting" || step.kind === "stuck") this.#change({ trouble: troubleIn(step) });
    }
    if (!signal.aborted) this.#change({ status: "ready" });
  }

  #take(step: Step): void {
    if (step.kind === "done") this.#changeWith((now) => ({ outcomes: joined(now.outcomes, step.outcomes), doneChunks: Math.max(now.doneChunks, step.index + 1), trouble: null }));
    else if (step.kind === "stuck") this.#change({ status: "stuck", trouble: troubleIn(step) });
    else if (step.kind === "waiting" && this.#open()?.status === "running") this.#change({ trouble: troubleIn(step) });
  }

  #next(): AbortSignal {
    this.#stop.abort();
    this.#stop = new AbortController();
    return this.#stop.signal;
  }

  #open(): OpenFile | null {
    return "file" in this.#state ? this.#state : null;
  }

  #change(changes: Partial<OpenFile>): void {
    this.#changeWith(() => changes);
  }

  #changeWith(changes: (now: OpenFile) => Partial<OpenFile>): void {
    const now = this.#open();
    if (now) this.#become({ ...now, ...changes(now) });
  }

  #become(state: ImportState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function keysOf({ drafts }: ReadFile, chunks: readonly Chunk[]): Promise<readonly string[]> {
  if (!globalThis.crypto?.subtle) throw new UnreadableFile(texts.import.needsHttps);
  const hash = await fileHash(drafts);
  return Promise.all(chunks.map((chunk) => chunkKey(hash, chunk)));
}

function joined(outcomes: Outcomes, more: Outcomes): Outcomes {
  return new Map([...outcomes, ...more]);
}

function troubleIn(step: Extract<Step, { kind: "waiting" | "stuck" }>): NonNullable<OpenFile["trouble"]> {
  return { trouble: step.trouble, until: step.kind === "waiting" ? Date.now() + step.milliseconds : null };
}
