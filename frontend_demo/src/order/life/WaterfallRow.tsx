import type { ProcessingStep } from "../../api/generated";
import { duration } from "../../format/duration";
import { texts } from "../../texts";
import { type Row, type Waterfall, position } from "./waterfall";

interface Props {
  readonly row: Row;
  readonly picture: Waterfall;
  readonly now: number;
  readonly retry: ((id: string) => void) | undefined;
  readonly invoicePath: string | null;
}

const TONES = { PENDING: "new", RUNNING: "new", RETRYING: "warn", SUCCEEDED: "good", DEAD: "bad", SKIPPED: "" } as const;

export function WaterfallRow({ row, picture, now, retry, invoicePath }: Props) {
  const { delivery } = row;
  return (
    <li data-kind={row.kind} data-receiver={row.kind === "receiver" ? row.name : undefined}>
      <span className="row-name">
        {nameOf(row)}
        {delivery && delivery.status !== "SUCCEEDED" && (
          <span className="badge" data-tone={TONES[delivery.status]}>
            {texts.delivery[delivery.status]}
          </span>
        )}
        {noteOf(row, now) && <span className="quiet">{noteOf(row, now)}</span>}
        {delivery?.mailPath && <Outside href={delivery.mailPath}>{texts.order.readMail}</Outside>}
        {row.name === "processing" && invoicePath && <Outside href={invoicePath}>{texts.order.invoice}</Outside>}
        {delivery?.status === "DEAD" && retry && (
          <button type="button" className="link" onClick={() => retry(delivery.id)}>
            {texts.order.retry}
          </button>
        )}
      </span>
      <span className="track" aria-hidden="true">
        {row.segments.map(({ kind, from, to }, index) => (
          <span key={index} data-kind={kind} style={{ left: `${position(from, picture) * 100}%`, width: `${(position(to, picture) - position(from, picture)) * 100}%` }} />
        ))}
      </span>
      <span className="row-time">{row.ms === undefined ? "…" : duration(row.ms)}</span>
    </li>
  );
}

function Outside({ href, children }: { href: string; children: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

function nameOf({ kind, name }: Row): string {
  switch (kind) {
    case "receiver":
      return texts.receiver[name.replace(/:.*/, "")] ?? name;
    case "step":
      return texts.order.step[name as ProcessingStep];
    default:
      return texts.order[kind];
  }
}

function noteOf({ kind, delivery, againAfterMs }: Row, now: number): string {
  if (kind === "request") return texts.order.requestNote;
  if (kind === "commit") return texts.order.commitNote;
  if (kind === "screen") return texts.order.screenNote;
  if (!delivery) return "";
  const notes = [];
  if (delivery.attempts > 1 || delivery.failed) notes.push(texts.order.tries(delivery.attempts, delivery.maxAttempts));
  if (delivery.status === "RETRYING" && delivery.nextAttemptAt) notes.push(texts.order.nextTry(duration(Math.max(Date.parse(delivery.nextAttemptAt) - now, 0))));
  if (againAfterMs !== undefined) notes.push(texts.order.again(duration(againAfterMs)));
  return notes.join(", ");
}
