/** The filters: each control is a variable of the query and of the subscription. */
import { type RefObject, useEffect, useRef, useState } from "react";
import { texts } from "../texts";
import { EVERYTHING, type Filter, STATUSES, TEXT_MAX, isAmount, isEverything } from "./filter";

const TYPING_MS = 250;

interface Props {
  readonly filter: Filter;
  readonly change: (change: Partial<Filter>) => void;
  readonly currencies: readonly string[];
}

export function Filters({ filter, change, currencies }: Props) {
  const search = useSearchKey();
  return (
    <search className="filters">
      <Typed className="search" type="search" label={texts.filter.text} hint={texts.filter.textHint} value={filter.text} commit={(text) => change({ text })} maxLength={TEXT_MAX} field={search} />
      <select aria-label={texts.filter.currency} value={filter.currency} onChange={({ target }) => change({ currency: target.value })}>
        <option value="">{texts.filter.anyCurrency}</option>
        {currencies.map((currency) => (
          <option key={currency}>{currency}</option>
        ))}
      </select>
      <Typed className="least" inputMode="decimal" label={texts.filter.least} hint={texts.filter.least} value={filter.least} commit={(least) => change({ least })} valid={isAmount} problem={texts.filter.leastProblem} />
      <div className="chips" role="group" aria-label={texts.filter.statuses}>
        {STATUSES.map((status) => {
          const chosen = filter.statuses.includes(status);
          const others = filter.statuses.filter((one) => one !== status);
          return (
            <button key={status} type="button" className="chip" aria-pressed={chosen} onClick={() => change({ statuses: chosen ? others : [...others, status] })}>
              {texts.status[status]}
            </button>
          );
        })}
        {!isEverything(filter) && (
        <button type="button" className="link" onClick={() => change(EVERYTHING)}>
          {texts.filter.clear}
        </button>
      )}
      </div>
    </search>
  );
}

interface TypedProps {
  readonly className: string;
  readonly type?: "search" | "text";
  readonly inputMode?: "decimal" | "text";
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly commit: (value: string) => void;
  readonly maxLength?: number;
  readonly valid?: (value: string) => boolean;
  readonly problem?: string;
  readonly field?: RefObject<HTMLInputElement | null>;
}

/** A field whose value counts once the typing pauses, if it is valid. */
function Typed({ className, type = "text", inputMode = "text", label, hint, value, commit, maxLength, valid = () => true, problem, field }: TypedProps) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isBad = typed !== "" && !valid(typed.trim());
  useEffect(() => setTyped((now) => (now.trim() === value ? now : value)), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type_ = (next: string) => {
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (next === "" || valid(next.trim())) && commit(next.trim()), TYPING_MS);
  };
  return (
    <input
      ref={field}
      className={className}
      type={type}
      inputMode={inputMode}
      aria-label={label}
      placeholder={hint}
      autoComplete="off"
      maxLength={maxLength}
      value={typed}
      aria-invalid={isBad}
      title={isBad ? problem : undefined}
      onChange={({ target }) => type_(target.value)}
    />
  );
}

/** "/" moves the focus to the search, unless the user is typing elsewhere. */
function useSearchKey(): RefObject<HTMLInputElement | null> {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const writes = target.closest("input, textarea, select, [contenteditable], dialog");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes) return;
      event.preventDefault();
      search.current?.focus();
      search.current?.select();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return search;
}
