import "./history.css";
import type { LifeEventFragment } from "../api/generated";
import { exact, sentenceCase } from "../format/format";
import { texts } from "../texts";
import { type Entry, historyOf } from "./history";

export function History({ events }: { events: readonly LifeEventFragment[] }) {
  return (
    <section aria-labelledby="life-history">
      <h3 id="life-history">{texts.order.history}</h3>
      <ol className="history">
        {historyOf(events).map((entry) => (
          <HistoryEntry key={entry.key} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function HistoryEntry({ entry: { event, steps, risks, changes } }: { entry: Entry }) {
  return (
    <li data-type={event.type}>
      <p>
        <strong>{sentenceCase(steps.length ? texts.order.worked(steps.map((step) => texts.order.step[step])) : texts.eventType[event.type])}</strong>
        <span className="quiet">
          <time dateTime={event.occurredAt}>{exact(event.occurredAt)}</time> {texts.order.by(event.actor)} · #{event.sequence}
        </span>
      </p>
      {changes.map(({ field, before, after }) => (
        <p key={field} className="change">
          <span className="quiet">{words(field)}</span> {shown(before)} <span aria-label="became">→</span> {shown(after)}
        </p>
      ))}
      {risks.length > 0 && <p className="change risk">{texts.order.risks(risks)}</p>}
    </li>
  );
}

const STATES: Readonly<Record<string, string>> = { ...texts.status, ...texts.processing };

function shown(value: unknown): string {
  if (value === null || value === "") return texts.order.nothingBefore;
  if (typeof value === "string") return STATES[value] ?? value;
  return JSON.stringify(value);
}

function words(field: string): string {
  return sentenceCase(field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
}
