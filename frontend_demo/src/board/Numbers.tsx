/** Live statistics of orders: the charts are a separate chunk, loaded once the page is shown. */
import { Suspense, lazy, useEffect, useRef, useState } from "react";
import type { BoardStatsSubscription, StatsWindow } from "../api/generated";
import { Boundary } from "../app/Boundary";
import { money } from "../app/format";
import { patiently } from "../app/patiently";
import { texts } from "../texts";
import { whole } from "../texts/numbers";
import type { Latencies, Latency } from "./latency";
import { WINDOWS } from "./useStatsWindow";

const Charts = lazy(() => patiently(() => import("./charts/Charts")));
const LATENCY_MS = 1_000;
const LATENCY_POINTS = 60;

export type Stats = BoardStatsSubscription["orderStats"];

/** The latency second by second; undefined for seconds without events. */
export interface LatencyPoint extends Latency {
  readonly at: number;
}

interface Props {
  readonly stats: Stats | undefined;
  readonly window: StatsWindow;
  readonly setWindow: (window: StatsWindow) => void;
  readonly latencies: Latencies;
}

export function Numbers({ stats, window, setWindow, latencies }: Props) {
  const { now, points } = useLatency(latencies);
  return (
    <aside className="numbers" aria-label={texts.numbers.heading}>
      <div className="numbers-heading">
        <h2>{texts.numbers.heading}</h2>
        <div className="segments" role="group" aria-label={texts.numbers.window}>
          {WINDOWS.map((one) => (
            <button key={one} type="button" aria-pressed={one === window} onClick={() => setWindow(one)}>
              {texts.numbers.windows[one]}
            </button>
          ))}
        </div>
      </div>
      <section className="panel" aria-label={texts.numbers.orders[window]}>
        <div className="with-big">
          <h3>{texts.numbers.orders[window]}</h3>
          <p className="big">{stats ? whole(stats.orders) : "–"}</p>
        </div>
        <Later>{stats && <Charts kind="orders" stats={stats} />}</Later>
      </section>
      <section className="panel" aria-label={texts.numbers.latency}>
        <div className="with-big">
          <h3>{texts.numbers.latency}</h3>
          <p className="quiet">{texts.numbers.latencyHint(now.count)}</p>
        </div>
        <dl className="percentiles">
          <div>
            <dt>p50</dt>
            <dd>{milliseconds(now.p50)}</dd>
          </div>
          <div>
            <dt>p95</dt>
            <dd>{milliseconds(now.p95)}</dd>
          </div>
        </dl>
        <Later>
          <Charts kind="latency" points={points} />
        </Later>
      </section>
      {stats && <States stats={stats} />}
      <section className="panel" aria-label={texts.numbers.revenue}>
        <h3>{texts.numbers.revenue}</h3>
        {stats && !stats.revenue.length && <p className="quiet">{texts.numbers.noRevenue}</p>}
        <ul className="revenue">
          {stats?.revenue.map((amount) => (
            <li key={amount.currency}>
              <span className="currency">{amount.currency}</span>
              <Later>
                <Charts kind="revenue" stats={stats} currency={amount.currency} />
              </Later>
              <span className="amount">{money(amount)}</span>
            </li>
          ))}
        </ul>
      </section>
    </aside>
  );
}

/** The place of a chart; the page does not jump when the chart loads, nor break when it can't. */
function Later({ children }: { children: React.ReactNode }) {
  return (
    <Boundary instead={<p className="quiet">{texts.numbers.noChart}</p>}>
      <Suspense fallback={<div className="chart" />}>{children}</Suspense>
    </Boundary>
  );
}

function States({ stats }: { stats: Stats }) {
  return (
    <section className="panel" aria-label={texts.numbers.states}>
      <h3>{texts.numbers.states}</h3>
      <div className="shares" aria-hidden="true">
        {stats.byStatus.map(({ status, orders }) => orders > 0 && <span key={status} data-status={status} style={{ flexGrow: orders }} />)}
      </div>
      <ul className="states-legend">
        {stats.byStatus.map(({ status, orders }) => (
          <li key={status} data-status={status}>
            {texts.status[status]} <strong>{whole(orders)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "–" : texts.numbers.milliseconds(whole(Math.round(value)));
}

function useLatency(latencies: Latencies): { readonly now: Latency; readonly points: readonly LatencyPoint[] } {
  const [now, setNow] = useState(() => latencies.read(Date.now()));
  const points = useRef<readonly LatencyPoint[]>([]);
  useEffect(() => {
    const timer = setInterval(() => {
      const at = Date.now();
      points.current = [...points.current, { at, ...latencies.read(at, LATENCY_MS) }].slice(-LATENCY_POINTS);
      setNow(latencies.read(at));
    }, LATENCY_MS);
    return () => clearInterval(timer);
  }, [latencies]);
  return { now, points: points.current };
}
