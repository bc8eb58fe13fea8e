/** The receivers of events: switched, and their work done again. */
import { useState } from "react";
import type { ReplaySinceMutation } from "../api/generated";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { Switch } from "../components/Switch";
import { duration } from "../format/duration";
import { sentenceCase } from "../format/format";
import { toast } from "../components/toasts";
import { type Actions, useActions } from "../lab/state/useActions";
import { type ReceiverState, useReceivers } from "../lab/state/useLab";
import { cardOf } from "../lab/state/useActions";
import { texts } from "../texts";
import { settingsTexts } from "../texts/settings";
import { whole } from "../format/numbers";
import { ReplaySinceDocument } from "../api/generatedSettings";
import { Form, waiting } from "./parts/parts";
import { HOUR_MS, inputOf, momentOf } from "./parts/moments";
import { useSend } from "./parts/useSend";

type Done = ReplaySinceMutation["replayEvents"];

const words = settingsTexts.receivers;

export function ReceiversTab() {
  const { state, trouble, refresh } = useReceivers(false);
  const actions = useActions(refresh);
  const [replaying, setReplaying] = useState<string>();
  return (
    <>
      <p className="quiet">{words.lead}</p>
      {waiting(state, trouble as Parameters<typeof waiting>[1], refresh) ?? <Receivers receivers={state?.receivers ?? []} actions={actions} replay={setReplaying} />}
      {replaying !== undefined && (
        <Replay
          receiver={replaying}
          close={() => {
            setReplaying(undefined);
            refresh();
          }}
        />
      )}
    </>
  );
}

function Receivers({ receivers, actions, replay }: { receivers: readonly ReceiverState[]; actions: Actions; replay: (receiver: string) => void }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.receiver}</th>
          <th scope="col">{words.state}</th>
          <th scope="col">{texts.lab.backlog}</th>
          <th scope="col">{texts.lab.retrying}</th>
          <th scope="col">{texts.lab.deadNow}</th>
          <th scope="col">{texts.lab.lag}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {receivers.map((receiver) => (
          <Row key={receiver.name} receiver={receiver} actions={actions} replay={replay} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ receiver, actions, replay }: { receiver: ReceiverState; actions: Actions; replay: (receiver: string) => void }) {
  const { name, kind, enabled, isOffForAll, pending, retrying, dead, lagSeconds } = receiver;
  const title = texts.receiver[name] ?? name;
  const hasDeliveries = kind !== "LIVE";
  const number = (value: number) => (hasDeliveries ? whole(value) : texts.lab.none);
  return (
    <tr data-receiver={name}>
      <th scope="row">
        {title}
        <span className="quiet">{texts.lab.kind[kind]}</span>
      </th>
      <td data-label={words.state}>
        <Switch isOn={enabled} label={texts.lab.switchName(title)} change={isOffForAll ? undefined : (on) => void actions.switchReceiver(name, on)} />
        {isOffForAll && <span className="quiet">{texts.lab.offForAll}</span>}
      </td>
      <td data-label={sentenceCase(texts.lab.backlog)}>{number(pending)}</td>
      <td data-label={sentenceCase(texts.lab.retrying)}>{number(retrying)}</td>
      <td data-label={sentenceCase(texts.lab.deadNow)}>{number(dead)}</td>
      <td data-label={sentenceCase(texts.lab.lag)}>{lagSeconds < 0.05 ? texts.lab.none : duration(lagSeconds * 1_000)}</td>
      <td className="row-actions">
        {dead > 0 && (
          <button type="button" onClick={() => void actions.retryAll(name)}>
            {texts.lab.retryDead(dead)}
          </button>
        )}
        {hasDeliveries && (
          <button type="button" aria-label={words.replayOf(title)} onClick={() => replay(name)}>
            {words.replay}
          </button>
        )}
      </td>
    </tr>
  );
}

/** First says how many events it would be; the second click handles them again, a thousand in a request. */
function Replay({ receiver, close }: { receiver: string; close: () => void }) {
  const { send, sending, errors, show } = useSend(ReplaySinceDocument, ["occurredAt"]);
  const [since, setSince] = useState(() => inputOf(Date.now() - HOUR_MS));
  const [found, setFound] = useState<string>();
  const input = (after: string | null) => ({ receiver, after, occurredAt: { gte: momentOf(since) } });
  const submit = async () => {
    if (momentOf(since) === undefined) return show({ fields: new Map([["occurredAt", settingsTexts.noMoment]]), others: [] });
    if (found === undefined) {
      const would = (await send({ input: input(null), dryRun: true }))?.replayEvents;
      if (would) setFound(words.found(would.reopened + would.opened, would.hasMore));
      return;
    }
    let [after, more, events]: [string | null, boolean, number] = [null, true, 0];
    while (more) {
      const done: Done | undefined = (await send({ input: input(after), dryRun: false }))?.replayEvents;
      if (!done) return;
      events += done.reopened + done.opened;
      [after, more] = [done.endCursor, done.hasMore];
    }
    toast(texts.lab.replayed(texts.receiver[receiver] ?? receiver, events), "good", cardOf(receiver));
    close();
  };
  return (
    <Dialog title={words.replayOf(texts.receiver[receiver] ?? receiver)} close={close}>
      <Form errors={errors} sending={sending} button={found === undefined ? words.count : words.replay} close={close} submit={() => void submit()}>
        <p>{words.replayHint}</p>
        <Field
          path="occurredAt"
          type="datetime-local"
          label={settingsTexts.since}
          value={since}
          error={errors.fields.get("occurredAt")}
          data-focus
          change={(value) => {
            setSince(value);
            setFound(undefined);
          }}
        />
        {found !== undefined && <p role="status">{found}</p>}
      </Form>
    </Dialog>
  );
}
