/** The dialogs of an endpoint that ask for something. */
import { useState } from "react";
import type { EndpointCardFragment, ResendWebhooksMutation } from "../../api/generated";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { withoutError } from "../../api/refusals";
import { toast } from "../../components/toasts";
import { settingsTexts } from "../../texts/settings";
import { ResendWebhooksDocument, RotateWebhookSecretDocument } from "../../api/generatedSettings";
import { HOUR_MS, inputOf, momentOf } from "../parts/moments";
import { Form } from "../parts/parts";
import { useSend } from "../parts/useSend";

type Done = ResendWebhooksMutation["resendWebhooks"];

const words = settingsTexts.webhooks;

interface Props {
  readonly endpoint: EndpointCardFragment;
  readonly close: () => void;
}

export function Rotate({ endpoint: { id }, close, rotated }: Props & { rotated: (secret: string) => void }) {
  const { send, sending, errors, show } = useSend(RotateWebhookSecretDocument, ["overlapHours"]);
  const [hours, setHours] = useState("24");
  const submit = async () => {
    if (!/^\d{1,4}$/.test(hours)) return show({ fields: new Map([["overlapHours", words.noHours]]), others: [] });
    const secret = (await send({ input: { id, overlapHours: Number(hours) } }))?.rotateWebhookSecret.secret;
    if (secret) rotated(secret);
  };
  return (
    <Dialog title={words.rotate} close={close}>
      <Form errors={errors} sending={sending} button={words.rotate} close={close} submit={() => void submit()}>
        <Field
          path="overlapHours"
          inputMode="numeric"
          label={words.hours}
          hint={words.hoursHint}
          value={hours}
          error={errors.fields.get("overlapHours")}
          data-focus
          change={(value) => {
            setHours(value);
            show(withoutError(errors, "overlapHours"));
          }}
        />
      </Form>
    </Dialog>
  );
}

/** A request sends a thousand events at most. */
export function ResendSince({ endpoint: { id }, close }: Props) {
  const { send, sending, errors, show } = useSend(ResendWebhooksDocument, ["occurredAt"]);
  const [since, setSince] = useState(() => inputOf(Date.now() - HOUR_MS));
  const submit = async () => {
    const gte = momentOf(since);
    if (gte === undefined) return show({ fields: new Map([["occurredAt", settingsTexts.noMoment]]), others: [] });
    let [after, more, events]: [string | null, boolean, number] = [null, true, 0];
    while (more) {
      const done: Done | undefined = (await send({ input: { id, after, occurredAt: { gte } } }))?.resendWebhooks;
      if (!done) return;
      events += done.reopened + done.opened;
      [after, more] = [done.endCursor, done.hasMore];
    }
    toast(words.resent(events), "good");
    close();
  };
  return (
    <Dialog title={words.resendSince} close={close}>
      <Form errors={errors} sending={sending} button={words.resendSince} close={close} submit={() => void submit()}>
        <p>{words.resendHint}</p>
        <Field path="occurredAt" type="datetime-local" label={settingsTexts.since} value={since} error={errors.fields.get("occurredAt")} data-focus change={setSince} />
      </Form>
    </Dialog>
  );
}
