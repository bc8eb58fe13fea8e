import { useState } from "react";
import type { EndpointCardFragment, OrderEventType } from "../../api/generated";
import { Dialog } from "../../components/Dialog";
import { Field, Labelled } from "../../components/Field";
import { withoutError } from "../../api/refusals";
import { toast } from "../../components/toasts";
import { texts } from "../../texts";
import { settingsTexts } from "../../texts/settings";
import { CreateWebhookDocument, UpdateWebhookDocument } from "../../api/generatedSettings";
import { type EndpointDraft, draftOf, inputOf } from "./endpointDraft";
import { Form } from "../parts/parts";
import { useSend } from "../parts/useSend";

const words = settingsTexts.webhooks;
const FIELDS = ["url", "description", "eventTypes", "where", "document"];
const TYPES = Object.keys(texts.eventType) as readonly OrderEventType[];

interface Props {
  /** Undefined: a new one. */
  readonly endpoint: EndpointCardFragment | undefined;
  readonly close: () => void;
  /** With the secret of a new one. */
  readonly saved: (secret: string | undefined) => void;
}

export function EndpointForm({ endpoint, close, saved }: Props) {
  const [draft, setDraft] = useState(() => draftOf(endpoint));
  const creating = useSend(CreateWebhookDocument, FIELDS);
  const updating = useSend(UpdateWebhookDocument, FIELDS);
  const errors = creating.errors.fields.size || creating.errors.others.length ? creating.errors : updating.errors;
  const show = (next: typeof errors) => (creating.show(next), updating.show(next));
  const change = (name: keyof EndpointDraft, value: string | readonly OrderEventType[]) => {
    setDraft({ ...draft, [name]: value });
    show(withoutError(errors, name));
  };
  const input = () => {
    const made = inputOf(draft);
    if (made !== "where") return made;
    show({ fields: new Map([["where", words.noJson]]), others: [] });
    return undefined;
  };
  const submit = async () => {
    const given = input();
    if (!given) return;
    if (endpoint) return (await updating.send({ input: { id: endpoint.id, ...given } })) && saved(undefined);
    const secret = (await creating.send({ input: given, dryRun: false }))?.createWebhookEndpoint.secret;
    if (secret) saved(secret);
  };
  const check = async () => {
    const given = input();
    if (given && (await creating.send({ input: given, dryRun: true }))) toast(words.checked, "good");
  };
  return (
    <Dialog title={endpoint ? words.edit : words.create} close={close}>
      <Form errors={errors} sending={creating.sending || updating.sending} button={endpoint ? words.save : words.create} close={close} submit={() => void submit()}>
        <Field path="url" type="url" label={words.url} hint={words.urlHint} value={draft.url} error={errors.fields.get("url")} data-focus change={(value) => change("url", value)} />
        <Field path="description" label={words.description} value={draft.description} error={errors.fields.get("description")} change={(value) => change("description", value)} />
        <Types chosen={draft.eventTypes} error={errors.fields.get("eventTypes")} change={(types) => change("eventTypes", types)} />
        <Labelled label={words.where} hint={words.whereHint} error={errors.fields.get("where")}>
          {(control) => <textarea {...control} className="number" rows={3} spellCheck={false} value={draft.where} onChange={({ target }) => change("where", target.value)} />}
        </Labelled>
        <Labelled label={words.document} hint={words.documentHint} error={errors.fields.get("document")}>
          {(control) => <textarea {...control} className="number" rows={5} spellCheck={false} value={draft.document} onChange={({ target }) => change("document", target.value)} />}
        </Labelled>
        <p>
          <button type="button" onClick={() => void check()}>
            {words.check}
          </button>
        </p>
      </Form>
    </Dialog>
  );
}

function Types({ chosen, error, change }: { chosen: readonly OrderEventType[]; error: string | undefined; change: (types: readonly OrderEventType[]) => void }) {
  return (
    <fieldset className="options">
      <legend>{words.types}</legend>
      {TYPES.map((type) => (
        <label key={type}>
          <input type="checkbox" checked={chosen.includes(type)} onChange={({ target }) => change(target.checked ? [...chosen, type] : chosen.filter((one) => one !== type))} />
          {texts.eventType[type]}
        </label>
      ))}
      <p className="quiet">{words.typesHint}</p>
      {error !== undefined && <p className="error">{error}</p>}
    </fieldset>
  );
}
