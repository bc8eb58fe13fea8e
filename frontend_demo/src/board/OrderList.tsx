import { memo, useEffect, useState } from "react";
import type { BoardOrderFragment } from "../api/generated";
import type { Feed } from "../feed";
import { texts } from "../texts";
import { ago, exact, money } from "../app/format";

const CLOCK_MS = 10_000;

export function OrderList({ feed, waits }: { feed: Feed | undefined; waits: boolean }) {
  const now = useNow();
  return (
    <section aria-label={texts.orders.heading}>
      {feed ? <Rows feed={feed} now={now} /> : waits && <p className="nothing">{texts.orders.loading}</p>}
      <p className="unseen" role="status">
        {feed && feed.arrived > 0 && feed.orders[0] && texts.orders.arrivedAloud(feed.orders[0].number, feed.orders[0].customerName)}
      </p>
    </section>
  );
}

function Rows({ feed: { orders }, now }: { feed: Feed; now: number }) {
  const [opened] = useState(() => new Set(orders.map(({ id }) => id))); // what comes later is lit up for a moment
  if (!orders.length) return <p className="nothing">{texts.orders.empty}</p>;
  return (
    <ol className="orders">
      {orders.map((order) => (
        <Row key={order.id} order={order} age={ago(order.createdAt, now)} arrived={!opened.has(order.id)} />
      ))}
    </ol>
  );
}

const Row = memo(function Row({ order, age, arrived }: { order: BoardOrderFragment; age: string; arrived: boolean }) {
  const lines = order.lines.map(({ quantity, name }) => `${quantity} × ${name}`);
  return (
    <li {...(arrived && { className: "arrived" })}>
      <span className="number">{order.number}</span>
      <span className="customer">
        <strong>{order.customerName || order.customerEmail || texts.orders.unnamed}</strong>
        <span>{texts.orders.lines(lines)}</span>
      </span>
      <span className="states">
        <span className="badge" data-status={order.status}>
          {texts.status[order.status]}
        </span>
        <span className="processing" data-processing={order.processingStatus}>
          {texts.processing[order.processingStatus]}
        </span>
      </span>
      <span className="total">{money(order.total)}</span>
      <time dateTime={order.createdAt} title={exact(order.createdAt)}>
        {age}
      </time>
    </li>
  );
});

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
