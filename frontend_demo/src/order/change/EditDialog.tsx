/** Edits the customer, the reference, the tags and the notes of an order. */
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import { UpdateOrderDocument } from "../../api/generated";
import { Dialog } from "../../components/Dialog";
import { toast } from "../../components/toasts";
import { texts } from "../../texts";
import type { Life } from "../life/useOrderLife";
import { type Draft, changesOf, draftOf } from "./draft";
import { Actions, Labelled, Problems } from "./parts";
import { useChange } from "./useChange";

const MAX = { customerName: 200, customerEmail: 254, externalReference: 100, tags: 900, notes: 5_000 } satisfies Record<keyof Draft, number>;
const UNTIL_SHIPPED = ["customerName", "customerEmail", "externalReference"] as const;

export function EditDialog({ life, close }: { life: Life; close: () => void }) {
  const client = useClient();
  const [before] = useState(life); // what its user saw, whatever happens meanwhile
  const [draft, setDraft] = useState(() => draftOf(life));
  const { refused, isSending, send } = useChange();
  const isOpen = before.status === "NEW" || before.status === "PAID";

  const save = async (expectedVersion: number) => {
    const changes = changesOf(before, draft);
    if (!Object.keys(changes).length) return close();
    const isDone = await send(async (idempotencyKey) => {
      const { data, error } = await client.mutation(UpdateOrderDocument, { input: { id: before.id, expectedVersion, idempotencyKey, ...changes } }).toPromise();
      return { errors: data?.updateOrder.userErrors, error };
    });
    if (!isDone) return;
    toast(texts.order.edited(before.number), "good", { order: before.number });
    close();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(before.version);
  };
  const field = (name: keyof Draft) => ({ value: draft[name], maxLength: MAX[name], autoComplete: "off", onChange: ({ target }: { target: { value: string } }) => setDraft({ ...draft, [name]: target.value }) });

  return (
    <Dialog title={texts.order.editing.heading(before.number)} close={close}>
      <form className="ask" noValidate onSubmit={submit}>
        <Problems refused={refused} />
        {refused.stale !== undefined && (
          <div className="said" data-tone="warn" role="alert">
            <p>{texts.order.editing.stale(refused.stale)}</p>
            <button type="button" onClick={() => void save(refused.stale ?? before.version)}>
              {texts.order.editing.anyway}
            </button>
          </div>
        )}
        {isOpen ? (
          UNTIL_SHIPPED.map((name, index) => (
            <Labelled key={name} label={texts.order.editing[name]} error={refused.errors.get(name)}>
              {(given) => <input {...given} {...field(name)} type={name === "customerEmail" ? "email" : "text"} data-focus={index === 0 ? "" : undefined} />}
            </Labelled>
          ))
        ) : (
          <p className="quiet">{texts.order.editing.fixed}</p>
        )}
        <Labelled label={texts.order.editing.tags} hint={texts.order.editing.tagsHint} error={refused.errors.get("tags")}>
          {(given) => <input {...given} {...field("tags")} />}
        </Labelled>
        <Labelled label={texts.order.editing.notes} hint={texts.order.editing.notesHint} error={refused.errors.get("notes")}>
          {(given) => <textarea {...given} {...field("notes")} rows={4} />}
        </Labelled>
        <Actions confirm={texts.order.editing.save} close={close} isSending={isSending} />
      </form>
    </Dialog>
  );
}
