/** What the lab's page knows, looked at once a second: receivers with their backlogs, tools where the lab is open, and what became of everything since the start. */
import { type AnyVariables, type Client, type TypedDocumentNode, stringifyDocument } from "@urql/core";
import { useEffect, useRef, useState } from "react";
import { useClient, useQuery } from "urql";
import { LabEffectsDocument, LabEventsDocument, type LabEventsSubscription, LabStartDocument, LabStateDocument, type LabStateQuery, ViewerDocument } from "../api/generated";
import { socket } from "../api/live";
import { useReading } from "../app/reading";
import { type Backlog, NO_BACKLOG, looked } from "./backlog";
import type { EffectCount } from "./score";
import { NOTHING_TOLD, type Tally, told } from "./tally";

export type ReceiverState = LabStateQuery["receivers"][number];
export type DeadLetter = LabStateQuery["deliveries"]["nodes"][number];
export type Tools = NonNullable<LabStateQuery["lab"]>;

const LOOK_MS = 1_000;
const COUNT_MS = 2_000;
const AGAIN_MS = 1_000;

async function asked<Data, Variables extends AnyVariables>(client: Client, document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const { data, error } = await client.query(document, variables).toPromise();
  if (!data) throw error;
  return data;
}

/** Who may do what here: `tools` where receivers may be broken. */
export function useRights() {
  const [{ data, error }] = useQuery({ query: ViewerDocument });
  const mayOperate = data?.viewer.scopes.includes("receivers:write") ?? false;
  return { known: data !== undefined, error, mayOperate, tools: mayOperate && (data?.viewer.isDemo ?? false) };
}

export function useReceivers(tools: boolean) {
  const client = useClient();
  const backlogs = useRef<ReadonlyMap<string, Backlog>>(new Map());
  const { value, trouble, ring } = useReading(`state ${tools}`, {
    read: async () => {
      const state = await asked(client, LabStateDocument, { tools });
      backlogs.current = new Map(state.receivers.map(({ name, pending, retrying }) => [name, looked(backlogs.current.get(name) ?? NO_BACKLOG, pending + retrying)]));
      return state;
    },
    again: () => LOOK_MS,
  });
  return { state: value, trouble, ring, backlogs: backlogs.current };
}

/** The cursor at which the page began to count, and how to restart the count. */
export function useStart(): { start: string | undefined; restart: () => void } {
  const client = useClient();
  const [round, setRound] = useState(0);
  const { value } = useReading(`start ${round}`, { read: async () => (await asked(client, LabStartDocument, {})).orders.eventCursor, again: () => undefined });
  return { start: value, restart: () => setRound((count) => count + 1) };
}

export function useEffects(start: string | undefined, tools: boolean): readonly EffectCount[] | undefined {
  const client = useClient();
  const { value } = useReading<readonly EffectCount[] | undefined>(`effects ${start ?? ""} ${tools}`, {
    read: async () => (start !== undefined && tools ? (await asked(client, LabEffectsDocument, { after: start })).labEffects : undefined),
    again: (found) => (found ? COUNT_MS : undefined),
  });
  return value;
}

/** Every event that this page received since the start. After a lost connection it continues at the last cursor. */
export function useTally(start: string | undefined): Tally {
  const [tally, setTally] = useState(NOTHING_TOLD);
  useEffect(() => {
    setTally(NOTHING_TOLD);
    return start === undefined ? undefined : listen(start, (sequence, delayMs) => setTally((before) => told(before, sequence, delayMs)));
  }, [start]);
  return tally;
}

function listen(start: string, heard: (sequence: string, delayMs: number | undefined) => void): () => void {
  let cursor = start;
  let stop = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const payload = {
    query: stringifyDocument(LabEventsDocument),
    get variables() {
      return { after: cursor };
    },
  };
  const again = () => {
    if (!over) timer = setTimeout(begin, AGAIN_MS);
  };
  const begin = () => {
    stop = socket.subscribe<LabEventsSubscription>(payload, {
      next({ data }) {
        if (!data || over) return;
        cursor = data.orderEvents.cursor;
        heard(data.orderEvents.sequence, data.orderEvents.numberedAt ? Date.now() - Date.parse(data.orderEvents.numberedAt) : undefined);
      },
      error: again,
      complete: again,
    });
  };
  begin();
  return () => {
    over = true;
    clearTimeout(timer);
    stop();
  };
}
