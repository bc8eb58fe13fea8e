/** The effects of each event: a waterfall from its commit to each receiver, and to this screen. */
import "./waterfall.css";
import { useMutation } from "urql";
import { useEffect, useState } from "react";
import { type LifeEventFragment, RetryDeliveryDocument } from "../../api/generated";
import { momentsOf } from "../../api/moments";
import { troubleOf } from "orders-client";
import { duration } from "../../format/duration";
import { toast } from "../../components/toasts";
import { refusalText, texts, troubleText } from "../../texts";
import { WaterfallRow } from "./WaterfallRow";
import type { Life } from "./useOrderLife";
import { type SegmentKind, isUnfinished, position, ticks, waterfall } from "./waterfall";

const SEGMENTS: readonly SegmentKind[] = ["wait", "work", "failed", "next"];

interface Props {
  readonly life: Life;
  readonly mayRepair: boolean;
  /** A delivery was opened again. */
  readonly changed: () => void;
}

export function Because({ life, mayRepair, changed }: Props) {
  const events = life.events.nodes.filter(({ type }) => type !== "ORDER_PROCESSING");
  const now = useNow(life.deliveries.nodes.some(isUnfinished));
  const [, retryDelivery] = useMutation(RetryDeliveryDocument);
  const retry = async (id: string) => {
    const { data, error } = await retryDelivery({ id });
    const refused = error ? troubleText(troubleOf(error)) : data?.retryDelivery.userErrors.map(refusalText).join(" ");
    toast(refused || texts.order.retried, refused ? "bad" : "good");
    changed();
  };
  return (
    <section aria-labelledby="life-because">
      <h3 id="life-because">{texts.order.because}</h3>
      <ul className="legend">
        {SEGMENTS.map((kind) => (
          <li key={kind}>
            <span className="swatch" data-kind={kind} aria-hidden="true" />
            {texts.order.segment[kind]}
          </li>
        ))}
      </ul>
      {events.map((event) => (
        <Chapter key={event.id} event={event} life={life} now={now} retry={mayRepair ? retry : undefined} />
      ))}
    </section>
  );
}

function Chapter({ event, life, now, retry }: { event: LifeEventFragment; life: Life; now: number; retry: ((id: string) => void) | undefined }) {
  const deliveries = life.deliveries.nodes.filter((one) => one.event.id === event.id);
  const isFirst = event.type === "ORDER_CREATED";
  const steps = isFirst ? life.events.nodes.filter(({ type }) => type === "ORDER_PROCESSING") : [];
  const moments = momentsOf(event.sequence, isFirst ? life.number : undefined);
  const picture = waterfall(event, deliveries, steps, moments, now);
  return (
    <figure className="waterfall" aria-label={texts.order.becauseOf(texts.eventType[event.type])}>
      <figcaption>
        {texts.order.becauseOf(texts.eventType[event.type])} <span className="quiet">#{event.sequence}</span>
      </figcaption>
      <div className="axis" aria-hidden="true">
        {ticks(picture).map((ms) => (
          <span key={ms} style={{ left: `${position(ms, picture) * 100}%` }}>
            {duration(ms)}
          </span>
        ))}
      </div>
      <ol>
        {picture.rows.map((row) => (
          <WaterfallRow key={row.key} row={row} picture={picture} now={now} retry={retry} invoicePath={isFirst ? life.invoicePath : null} />
        ))}
      </ol>
      <p className="quiet">
        {picture.scale === "log" && `${texts.order.logAxis} `}
        {picture.writtenLaterMs !== undefined && `${texts.order.writtenLater(duration(picture.writtenLaterMs))} `}
        {moments.seenAt === undefined && texts.order.unseen}
      </p>
    </figure>
  );
}

/** The time of day, updated only while something is running. */
function useNow(goesOn: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!goesOn) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, [goesOn]);
  return now;
}
