/** The filters: each control is a variable of the query, of the subscription and of the statistics. */
import { type RefObject, useEffect, useId, useRef } from "react";
import { Menu } from "../../components/Menu";
import { useMedia } from "../../browser/useMedia";
import { texts } from "../../texts";
import { Typed } from "./Typed";
import { isDay } from "../filter/days";
import { EVERYTHING, type Filter, PROCESSING, STATUSES, TAG_MAX, TEXT_MAX, isAmount, isEverything, isSearch } from "../filter/filter";

/** The days are in the menu: the list comes first (board.css). */
const NARROW = "(max-width: 46rem)";
/** The search has no room for its hint. */
const SHORT = "(max-width: 68rem)";

interface Props {
  readonly filter: Filter;
  readonly change: (change: Partial<Filter>) => void;
  readonly currencies: readonly string[];
}

export function Filters({ filter, change, currencies }: Props) {
  const search = useSearchKey();
  const isNarrow = useMedia(NARROW);
  const isShort = useMedia(SHORT);
  const more = [filter.currency, filter.least, filter.most, filter.tag, filter.processing.length].filter(Boolean).length;
  return (
    <search className="filters">
      <Typed className="search" type="search" label={texts.filter.text} hint={isShort ? texts.filter.textHintShort : texts.filter.textHint} value={filter.text} commit={(text) => change({ text })} maxLength={TEXT_MAX} valid={isSearch} problem={texts.filter.textProblem} field={search} />
      {!isNarrow && <Days filter={filter} change={change} />}
      <Menu name={texts.filter.more(isNarrow && (filter.from || filter.to) ? more + 1 : more)}>
        {isNarrow && <Days filter={filter} change={change} />}
        <More filter={filter} change={change} currencies={currencies} />
      </Menu>
      <div className="chips fades" role="group" aria-label={texts.filter.statuses}>
        {STATUSES.map((status) => {
          const others = filter.statuses.filter((one) => one !== status);
          const chosen = others.length < filter.statuses.length;
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

function Days({ filter, change }: Omit<Props, "currencies">) {
  return (
    <div className="days" role="group" aria-label={texts.filter.days}>
      <Typed type="date" label={texts.filter.from} value={filter.from} commit={(from) => change({ from })} valid={isDay} />
      <span aria-hidden="true">–</span>
      <Typed type="date" label={texts.filter.to} value={filter.to} commit={(to) => change({ to })} valid={isDay} />
    </div>
  );
}

function More({ filter, change, currencies }: Props) {
  const id = useId();
  const amount = (name: "least" | "most") => (
    <div className="field">
      <label htmlFor={`${id}-${name}`}>{texts.filter[name]}</label>
      <Typed id={`${id}-${name}`} inputMode="decimal" value={filter[name]} commit={(value) => change({ [name]: value })} valid={isAmount} problem={texts.filter.amountProblem} />
    </div>
  );
  return (
    <div className="more-filters">
      <div className="field">
        <label htmlFor={`${id}-currency`}>{texts.filter.currency}</label>
        <select id={`${id}-currency`} value={filter.currency} onChange={({ target }) => change({ currency: target.value })}>
          <option value="">{texts.filter.anyCurrency}</option>
          {currencies.map((currency) => (
            <option key={currency}>{currency}</option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-tag`}>{texts.filter.tag}</label>
        <Typed id={`${id}-tag`} value={filter.tag} commit={(tag) => change({ tag })} maxLength={TAG_MAX} />
      </div>
      {amount("least")}
      {amount("most")}
      <fieldset>
        <legend>{texts.filter.processing}</legend>
        {PROCESSING.map((one) => {
          const others = filter.processing.filter((other) => other !== one);
          const chosen = others.length < filter.processing.length;
          return (
            <label key={one} className="check">
              <input type="checkbox" checked={chosen} onChange={() => change({ processing: chosen ? others : [...others, one] })} />
              {texts.processing[one]}
            </label>
          );
        })}
      </fieldset>
    </div>
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
