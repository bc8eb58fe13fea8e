/** What the lab's page knows, looked at once a second: receivers with their backlogs, tools where the lab is open, and what became of everything since the start. */
import type { AnyVariables, Client, TypedDocumentNode } from "@urql/core";
import { follow } from "orders-client";
import { useEffect, useRef, useState } from "react";
import { useClient, useQuery } from "urql";
import { asked as documentOf } from "../../api/asked";
import { type LabEventsSubscription, type LabStateQuery, ViewerDocument } from "../../api/generated";
import { socket } from "../../api/live";
import { useReading } from "../../loading/reading";
import { LabEffectsDocument, LabEventsDocument, LabStartDocument, LabStateDocument } from "../../api/generatedLab";
import { type Backlog, NO_BACKLOG, looked } from "./backlog";
import type { EffectCount } from "./score";
import { NOTHING_RECEIVED, type Tally, counted } from "./tally";

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

/** The user's rights: `tools` if receivers may be broken. */
export function useRights() {
  const [{ data, error }, ask] = useQuery({ query: ViewerDocument });
  const mayOperate = data?.viewer.scopes.includes("receivers:write") ?? false;
  return { known: data !== undefined, error, again: () => ask({ requestPolicy: "network-only" }), mayOperate, tools: mayOperate && (data?.viewer.isDemo ?? false) };
}

export function useReceivers(tools: boolean) {
  const client = useClient();
  const backlogs = useRef<ReadonlyMap<string, Backlog>>(new Map());
  const { value, trouble, refresh } = useReading(`state ${tools}`, {
    read: async () => {
      const state = await asked(client, LabStateDocument, { tools });
      backlogs.current = new Map(state.receivers.map(({ name, pending, retrying }) => [name, looked(backlogs.current.get(name) ?? NO_BACKLOG, pending + retrying)]));
      return state;
    },
    again: () => LOOK_MS,
  });
  return { state: value, trouble, refresh, backlogs: backlogs.current };
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
  const [tally, setTally] = useState(NOTHING_RECEIVED);
  useEffect(() => {
    setTally(NOTHING_RECEIVED);
    return start === undefined ? undefined : listen(start, (sequence, delayMs) => setTally((before) => counted(before, sequence, delayMs)));
  }, [start]);
  return tally;
}

function listen(start: string, heard: (sequence: string, delayMs: number | undefined) => void): () => void {
  let stop = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let after = start;
  const again = () => {
    timer = setTimeout(begin, AGAIN_MS);
  };
  const begin = () => {
    const topic = { ...documentOf(LabEventsDocument), after, cursorOf: ({ orderEvents }: LabEventsSubscription) => orderEvents.cursor };
    stop = follow(socket, topic, {
      event({ orderEvents: { cursor, sequence, numberedAt } }) {
        after = cursor;
        heard(sequence, numberedAt ? Date.now() - Date.parse(numberedAt) : undefined);
      },
      expired: again,
      failed: again,
    });
  };
  begin();
  return () => {
    clearTimeout(timer);
    stop();
  };
}
