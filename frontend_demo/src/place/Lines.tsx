import { type RefObject, useEffect, useRef } from "react";
import { money } from "../format/format";
import { sumOf } from "../api/values";
import { texts } from "../texts";
import { type LineDraft, type LineField, type OrderDraft, partOf, withLine, withLineField, withoutLine } from "./draft";
import { type FormErrors, withoutError } from "../api/refusals";
import { withoutLineErrors } from "./errors";
import { Field } from "../components/Field";

interface Props {
  readonly draft: OrderDraft;
  readonly errors: FormErrors;
  readonly currency: string;
  readonly change: (draft: OrderDraft, errors?: FormErrors) => void;
}

export function Lines({ draft, errors, currency, change }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useFocusAtNewLine(list, draft.lines.length);
  const wrong = errors.fields.get("lines");
  const remove = (id: number) => {
    change(withoutLine(draft, id), withoutLineErrors(errors));
    list.current?.closest("fieldset")?.querySelector<HTMLButtonElement>(".add-line")?.focus();
  };
  return (
    <>
      <div className="order-lines" ref={list}>
        {draft.lines.map((line, index) => (
          <Line
            key={line.id}
            line={line}
            index={index}
            errors={errors}
            currency={currency}
            change={(field, value) => change(withLineField(draft, line.id, field, value), withoutError(errors, `lines.${index}.${field}`))}
            remove={draft.lines.length > 1 ? () => remove(line.id) : undefined}
          />
        ))}
      </div>
      {wrong !== undefined && <p className="error">{wrong}</p>}
      <button type="button" className="add-line" onClick={() => change(withLine(draft))}>
        {texts.place.addLine}
      </button>
    </>
  );
}

interface LineProps extends Pick<Props, "errors" | "currency"> {
  readonly line: LineDraft;
  readonly index: number;
  readonly change: (field: LineField, value: string) => void;
  readonly remove: (() => void) | undefined;
}

function Line({ line, index, errors, currency, change, remove }: LineProps) {
  const part = partOf(line);
  const field = (name: LineField) => ({
    path: `lines.${index}.${name}`,
    label: texts.place.line[name],
    value: line[name],
    error: errors.fields.get(`lines.${index}.${name}`),
    change: (value: string) => change(name, value),
    className: `line-${name}`,
  });
  return (
    <div role="group" aria-label={texts.place.lineNumber(index + 1)}>
      <Field {...field("sku")} />
      <Field {...field("name")} />
      <Field {...field("quantity")} inputMode="numeric" />
      <Field {...field("unitPrice")} inputMode="decimal" placeholder="0.00" />
      <p className="line-total amount">{part && money({ amount: sumOf([part]), currency })}</p>
      {remove && (
        <button type="button" className="icon line-remove" aria-label={texts.place.removeLine(index + 1)} onClick={remove}>
          ×
        </button>
      )}
    </div>
  );
}

/** A user who adds a line goes on typing in it. */
function useFocusAtNewLine(list: RefObject<HTMLDivElement | null>, count: number) {
  const before = useRef(count);
  useEffect(() => {
    if (count === before.current + 1) list.current?.querySelector<HTMLInputElement>("[role=group]:last-child input")?.focus();
    before.current = count;
  }, [list, count]);
}
