/** What can be done in the lab. Each says how it went, and rings for a new look. */
import type { AnyVariables, OperationResult, TypedDocumentNode } from "@urql/core";
import { useClient } from "urql";
import { BreakReceiverDocument, type FaultMode, type Plug, PullPlugDocument, RepairReceiverDocument, ReplayReceiverDocument, RetryDeliveryDocument, SwitchReceiverDocument } from "../api/generated";
import { troubleOf } from "../api/trouble";
import { toast } from "../app/toasts";
import { texts, troubleText } from "../texts";
import type { DeadLetter } from "./useLab";

export interface Actions {
  switchReceiver(name: string, enabled: boolean): Promise<void>;
  breakReceiver(name: string, mode: FaultMode, count: number): Promise<void>;
  repairReceiver(name: string): Promise<void>;
  pullPlug(plug: Plug, seconds: number): Promise<void>;
  retry(letters: readonly DeadLetter[]): Promise<void>;
  replay(name: string, after: string): Promise<void>;
}

export function useActions(ring: () => void): Actions {
  const client = useClient();
  const done = async <Data, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, say: (data: Data) => string): Promise<void> => {
    const result: OperationResult<Data, Variables> = await client.mutation(document, variables).toPromise();
    if (result.data) toast(say(result.data), "good");
    else if (result.error) toast(troubleText(troubleOf(result.error)), "bad");
    ring();
  };
  const called = (name: string) => texts.receiver[name] ?? name;
  return {
    switchReceiver: (receiver, enabled) => done(SwitchReceiverDocument, { receiver, enabled }, () => texts.lab.switched(called(receiver), enabled)),
    breakReceiver: (receiver, mode, count) => done(BreakReceiverDocument, { receiver, mode, count }, () => texts.lab.broken(called(receiver))),
    repairReceiver: (receiver) => done(RepairReceiverDocument, { receiver }, () => texts.lab.repaired(called(receiver))),
    pullPlug: (plug, seconds) => done(PullPlugDocument, { plug, seconds }, () => texts.lab.pulled(texts.lab.plug[plug].name, seconds)),
    async replay(receiver, after) {
      let [from, again, events]: [string, boolean, number] = [after, true, 0];
      while (again) {
        const { data, error } = await client.mutation(ReplayReceiverDocument, { receiver, after: from }).toPromise();
        if (!data) return toast(error ? troubleText(troubleOf(error)) : "", "bad");
        events += data.replayEvents.reopened + data.replayEvents.opened;
        [from, again] = [data.replayEvents.endCursor, data.replayEvents.hasMore];
      }
      toast(texts.lab.replayed(called(receiver), events), "good");
      ring();
    },
    async retry(letters) {
      for (const { id } of letters) await client.mutation(RetryDeliveryDocument, { id }).toPromise();
      toast(texts.lab.retried(letters.length), "good");
      ring();
    },
  };
}
