/** The form for a new order. The server's errors are shown at their fields. */
import "./place.css";
import { type RefObject, useEffect, useRef } from "react";
import { useViewer } from "../api/viewer";
import { money } from "../format/format";
import { toast } from "../components/toasts";
import { texts, troubleText } from "../texts";
import { type OrderDraft, type TextField, draftOf, totalOf } from "./draft";
import { NO_ERRORS, withoutError } from "../api/refusals";
import { Field } from "../components/Field";
import { Lines } from "./Lines";
import { sampleOrder } from "./sample";
import { type OrderForm, useOrderForm } from "./useOrderForm";

const CURRENCY_UNTIL_KNOWN = "EUR";

export default function NewOrder({ close }: { close: () => void }) {
  const usual = useViewer().viewer?.tenant.defaultCurrency ?? CURRENCY_UNTIL_KNOWN;
  const form = useOrderForm(usual, ({ number }) => {
    toast(texts.place.placed(number), "good", { order: number });
    close();
  });
  const element = useRef<HTMLFormElement>(null);
  useFocusAtProblem(element, form.answers);
  const { draft, errors, change } = form;
  const currency = /^[A-Z]{3}$/.test(draft.currency) ? draft.currency : usual;
  const field = (name: TextField) => ({
    path: name,
    label: texts.place.field[name],
    value: draft[name],
    error: errors.fields.get(name),
    change: (value: string) => change({ ...draft, [name]: name === "currency" ? value.toUpperCase() : value }, withoutError(errors, name)),
  });
  return (
    <form
      ref={element}
      className="order-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        form.submit();
      }}
    >
      <Said form={form} />
      <div className="order-fields">
        <Field {...field("customerName")} autoFocus data-focus />
        <Field {...field("customerEmail")} type="email" />
        <Field {...field("externalReference")} />
        <Field {...field("currency")} placeholder={usual} />
      </div>
      <fieldset>
        <legend>{texts.place.what}</legend>
        <By draft={draft} change={(by) => change({ ...draft, by }, NO_ERRORS)} />
        {draft.by === "lines" ? <Lines draft={draft} errors={errors} currency={currency} change={change} /> : <Field {...field("total")} inputMode="decimal" placeholder="0.00" className="bare-total" />}
      </fieldset>
      <Foot form={form} currency={currency} fillIn={() => change(draftOf(sampleOrder()), NO_ERRORS)} />
    </form>
  );
}

function By({ draft: { by }, change }: { draft: OrderDraft; change: (by: OrderDraft["by"]) => void }) {
  return (
    <div className="order-by">
      {(["lines", "total"] as const).map((one) => (
        <label key={one}>
          <input type="radio" name="by" checked={by === one} onChange={() => change(one)} />
          {texts.place.by[one]}
        </label>
      ))}
    </div>
  );
}

/** The messages above the form: that an answer is missing, or errors beside single fields. */
function Said({ form: { errors, trouble, unsure, sending } }: { form: OrderForm }) {
  const count = errors.fields.size;
  if (trouble || errors.others.length || count) {
    return (
      <div className="said" role="alert" tabIndex={-1} data-tone="bad">
        {trouble && <p>{troubleText(trouble)}</p>}
        {trouble?.kind === "unauthenticated" && <a href="/login/">{texts.problem.signIn}</a>}
        {errors.others.map((message) => (
          <p key={message}>{message}</p>
        ))}
        {count > 0 && <p>{texts.place.wrong(count)}</p>}
      </div>
    );
  }
  if (!unsure || sending) return null;
  return (
    <div className="said" role="status" data-tone="warn">
      <p>{texts.place.unsure}</p>
    </div>
  );
}

function Foot({ form: { draft, sending, unsure, trouble }, currency, fillIn }: { form: OrderForm; currency: string; fillIn: () => void }) {
  const total = totalOf(draft);
  const again = unsure || trouble !== undefined;
  return (
    <div className="order-foot">
      <p className="order-total">
        {texts.place.total} <strong className="amount">{total === null ? "–" : money({ amount: total, currency })}</strong>
      </p>
      <button type="button" className="link" onClick={fillIn}>
        {texts.place.sample}
      </button>
      <button type="submit" className="primary" aria-disabled={sending}>
        {sending ? texts.place.placing : again ? texts.place.again : texts.place.button}
      </button>
    </div>
  );
}

/** After an answer without an order: focus the first wrong field, or the message above the form. */
function useFocusAtProblem(form: RefObject<HTMLFormElement | null>, answers: number) {
  useEffect(() => {
    const found = (selector: string) => form.current?.querySelector<HTMLElement>(selector);
    if (answers) (found('[aria-invalid="true"]') ?? found('.said[role="alert"]'))?.focus();
  }, [form, answers]);
}
