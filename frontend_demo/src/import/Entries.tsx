/** The file's orders, a row each: only the visible ones are in the page, however many there are. */
import "./entries.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { sumOf } from "../api/values";
import { money } from "../format/format";
import { Nothing } from "../components/blocks";
import { texts } from "../texts";
import { type Entry, rowRange } from "./entries";
import { reasonOf } from "./sending/report";

const ROW_HEIGHT = 58;
const SHOWN = ["all", "refused"] as const;

export function Entries({ entries }: { entries: readonly Entry[] }) {
  const [shown, setShown] = useState<(typeof SHOWN)[number]>("all");
  const refused = useMemo(() => entries.filter(({ state }) => state === "refused"), [entries]);
  const listed = shown === "all" ? entries : refused;
  return (
    <div>
      <div className="entries-heading">
        <h2 id="import-entries">{texts.import.orders}</h2>
        <div className="segments" role="group" aria-label={texts.import.show}>
          {SHOWN.map((one) => (
            <button key={one} type="button" aria-pressed={shown === one} onClick={() => setShown(one)}>
              {texts.import.shown[one](one === "all" ? entries.length : refused.length)}
            </button>
          ))}
        </div>
      </div>
      {listed.length ? <List key={shown} entries={listed} /> : <Nothing title={texts.import.nothingWrong} />}
    </div>
  );
}

function List({ entries }: { entries: readonly Entry[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  return (
    <div className="entries" ref={scroller} tabIndex={0} role="region" aria-labelledby="import-entries">
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => (
          <li key={key} ref={virtual.measureElement} data-index={index} aria-setsize={entries.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
            <EntryRow entry={entries[index] as Entry} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function EntryRow({ entry: { draft, state, problems, number } }: { entry: Entry }) {
  const { input, reference, note } = draft;
  return (
    <>
      <div className="entry" data-state={state}>
        <span className="entry-row quiet">{texts.import.row(rowRange(draft))}</span>
        <span className="entry-who">
          <strong>{reference || texts.import.unnamed}</strong>
          <span className="quiet">{[input.customerName || input.customerEmail, itemsOf(draft)].filter(Boolean).join(" · ")}</span>
        </span>
        <span className="amount">{totalOf(draft)}</span>
        <span className="entry-state">
          <span className="badge" data-tone={TONES[state]}>
            {texts.import.state[state]}
          </span>
          {number !== null && (
            <Link className="number" href={`/?order=${number}`}>
              {number}
            </Link>
          )}
        </span>
      </div>
      {note !== null && <p className="entry-note quiet">{note}</p>}
      {problems.map((problem) => (
        <p key={`${problem.row} ${reasonOf(problem)}`} className="entry-problem">
          <strong>{texts.import.rowColumn(problem.row, problem.column)}</strong> {problem.message}
        </p>
      ))}
    </>
  );
}

const TONES = { ready: "new", there: "", refused: "bad", placed: "good" } as const;

function itemsOf({ input: { lines } }: Entry["draft"]): string {
  return (lines ?? []).map(({ quantity, name, sku }) => `${quantity} × ${name || sku}`).join(", ");
}

/** The numbers of an order with problems mean nothing. */
function totalOf({ input, problems }: Entry["draft"]): string {
  if (problems.length) return "";
  const amount = input.total ?? sumOf((input.lines ?? []).map(({ unitPrice, quantity }) => ({ amount: unitPrice, times: quantity })));
  return /^[A-Z]{3}$/.test(input.currency ?? "") ? money({ amount: `${amount}`, currency: input.currency ?? "" }) : `${amount} ${input.currency ?? ""}`.trim();
}
