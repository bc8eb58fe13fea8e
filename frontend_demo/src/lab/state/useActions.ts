/** The actions of the lab. Each reports its result, and triggers a new read. */
import type { AnyVariables, OperationResult, TypedDocumentNode } from "@urql/core";
import { useClient } from "urql";
import { type FaultMode, type LabDeadLettersQuery, type Plug, type ReceiverRefusalFragment, RetryDeliveryDocument } from "../../api/generated";
import { troubleOf } from "orders-client";
import { type ToastLink, toast } from "../../components/toasts";
import { refusalText, texts, troubleText } from "../../texts";
import { BreakReceiverDocument, LabDeadLettersDocument, PullPlugDocument, RepairReceiverDocument, ReplayReceiverDocument, SwitchReceiverDocument } from "../../api/generatedLab";
import type { DeadLetter } from "./useLab";

export interface Actions {
  switchReceiver(name: string, enabled: boolean): Promise<void>;
  breakReceiver(name: string, mode: FaultMode, count: number): Promise<void>;
  repairReceiver(name: string): Promise<void>;
  pullPlug(plug: Plug, seconds: number): Promise<void>;
  retry(letters: readonly Pick<DeadLetter, "id">[]): Promise<void>;
  /** Retries every dead letter that the receiver has now, however many the page shows. */
  retryAll(receiver: string): Promise<void>;
  replay(name: string, after: string): Promise<void>;
}

/** The answer of one mutation. */
type Answer = Readonly<Record<string, { readonly userErrors: readonly ReceiverRefusalFragment[] }>>;

const refusalOf = (answer: Answer): string => Object.values(answer).flatMap(({ userErrors }) => userErrors.map(refusalText)).join(" ");

const RECEIVERS: ToastLink = { href: "/lab/#lab-receivers" };

/** The receiver's numbers, which show what the action leads to. */
export const cardOf = (receiver: string): ToastLink => ({ href: `/lab/#receiver-${receiver}` });

export function useActions(refresh: () => void): Actions {
  const client = useClient();
  const done = async <Data extends Answer, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, said: string, link: ToastLink): Promise<void> => {
    const result: OperationResult<Data, Variables> = await client.mutation(document, variables).toPromise();
    const refused = result.data ? refusalOf(result.data) : result.error && troubleText(troubleOf(result.error));
    toast(refused || said, refused ? "bad" : "good", link);
    refresh();
  };
  const retry = async (letters: readonly Pick<DeadLetter, "id">[], link: ToastLink = RECEIVERS) => {
    let retried = 0;
    const refusals = new Set<string>();
    for (const { id } of letters) {
      const { data, error } = await client.mutation(RetryDeliveryDocument, { id }).toPromise();
      const refused = data ? refusalOf(data) : error && troubleText(troubleOf(error));
      if (refused) refusals.add(refused);
      else retried++;
    }
    toast([texts.lab.retried(retried), ...refusals].join(" "), refusals.size ? "bad" : "good", link);
    refresh();
  };
  const called = (name: string) => texts.receiver[name] ?? name;
  return {
    switchReceiver: (receiver, enabled) => done(SwitchReceiverDocument, { receiver, enabled }, texts.lab.switched(called(receiver), enabled), cardOf(receiver)),
    breakReceiver: (receiver, mode, count) => done(BreakReceiverDocument, { receiver, mode, count }, texts.lab.broken(called(receiver)), cardOf(receiver)),
    repairReceiver: (receiver) => done(RepairReceiverDocument, { receiver }, texts.lab.repaired(called(receiver)), cardOf(receiver)),
    pullPlug: (plug, seconds) => done(PullPlugDocument, { plug, seconds }, texts.lab.pulled(texts.lab.plug[plug].name, seconds), { href: "/lab/#lab-plugs" }),
    async replay(receiver, after) {
      let [from, again, events]: [string, boolean, number] = [after, true, 0];
      while (again) {
        const { data, error } = await client.mutation(ReplayReceiverDocument, { receiver, after: from }).toPromise();
        const refused = data ? refusalOf(data) : error && troubleText(troubleOf(error));
        if (!data || refused) return toast(refused ?? "", "bad", cardOf(receiver));
        events += data.replayEvents.reopened + data.replayEvents.opened;
        [from, again] = [data.replayEvents.endCursor ?? from, data.replayEvents.hasMore];
      }
      toast(texts.lab.replayed(called(receiver), events), "good", cardOf(receiver));
      refresh();
    },
    retry: (letters) => retry(letters),
    async retryAll(receiver) {
      const letters: Pick<DeadLetter, "id">[] = [];
      let [after, more]: [string | null, boolean] = [null, true];
      while (more) {
        const found: OperationResult<LabDeadLettersQuery> = await client.query(LabDeadLettersDocument, { receiver, after }).toPromise();
        if (!found.data) return toast(found.error ? troubleText(troubleOf(found.error)) : "", "bad", cardOf(receiver));
        const { nodes, pageInfo } = found.data.deliveries;
        letters.push(...nodes);
        [after, more] = [pageInfo.endCursor ?? null, pageInfo.hasNextPage];
      }
      await retry(letters, cardOf(receiver));
    },
  };
}
