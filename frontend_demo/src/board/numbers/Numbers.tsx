/** Live statistics of the orders that the filter matches. On small screens they are closed at first: the orders come first. */
import "./numbers.css";
import { Suspense, lazy, useState } from "react";
import type { StatsWindow } from "../../api/generated";
import { Boundary } from "../../loading/Boundary";
import { money } from "../../format/format";
import { patiently } from "../../loading/patiently";
import { useMedia } from "../../browser/useMedia";
import { texts } from "../../texts";
import { whole } from "../../format/numbers";
import { type Filter, isEverything } from "../filter/filter";
import type { Latencies } from "../feed/latency";
import { perMinute } from "./rate";
import { useLatency } from "./useLatency";
import type { Stats } from "./useStats";
import { WINDOWS } from "./useStatsWindow";

const Charts = lazy(() => patiently(() => import("./Charts")));
/** From here on the numbers stand beside the orders (board.css). */
const BESIDE = "(min-width: 68.01rem)";

interface Props {
  readonly stats: Stats | undefined;
  readonly window: StatsWindow;
  readonly setWindow: (window: StatsWindow) => void;
  readonly filter: Filter;
  readonly latencies: Latencies;
}

export function Numbers(props: Props) {
  const isBeside = useMedia(BESIDE);
  const [isOpen, setOpen] = useState(false);
  const { stats, filter } = props;
  const rate = stats && perMinute(stats);
  if (isBeside)
    return (
      <aside className="numbers" aria-label={texts.numbers.heading}>
        <h2 className="numbers-heading">{texts.numbers.heading}</h2>
        <Panels {...props} rate={rate} />
      </aside>
    );
  return (
    <details className="numbers" aria-label={texts.numbers.heading} open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>{texts.numbers.heading}</h2>
        <span className="quiet">{stats && texts.numbers.summary(stats.orders, rate, countedIn(stats, periodOf(props.window, filter)))}</span>
      </summary>
      {isOpen && <Panels {...props} rate={rate} />}
    </details>
  );
}

function Panels({ stats, window, setWindow, filter, latencies, rate }: Props & { rate: number | undefined }) {
  const hasDays = filter.from !== "" || filter.to !== "";
  return (
    <>
      <div className="numbers-of">
        {hasDays ? (
          <p className="quiet">{texts.numbers.days(filter.from, filter.to)}</p>
        ) : (
          <div className="segments" role="group" aria-label={texts.numbers.window}>
            {WINDOWS.map((one) => (
              <button key={one} type="button" aria-pressed={one === window} onClick={() => setWindow(one)}>
                {texts.numbers.windows[one]}
              </button>
            ))}
          </div>
        )}
        <p className="quiet">{isEverything(filter) ? texts.numbers.ofAll : texts.numbers.ofFilter}</p>
        {stats && !stats.isComplete && <p>{texts.numbers.countedFrom(stats.countedFrom)}</p>}
      </div>
      <section className="panel" aria-label={texts.numbers.placed}>
        <div className="with-big">
          <h3>{texts.numbers.ordersIn(countedIn(stats, periodOf(window, filter)))}</h3>
          <p className="big">{stats ? whole(stats.orders) : "–"}</p>
        </div>
        <p className="rate">
          <strong>{rate === undefined ? "–" : texts.numbers.rate(rate)}</strong> {texts.numbers.perMinute}
        </p>
        {stats && <h4>{texts.numbers.orders(stats.intervalSeconds)}</h4>}
        <Later>{stats && <Charts kind="orders" stats={stats} />}</Later>
      </section>
      <LatencyPanel latencies={latencies} />
      {stats && <States stats={stats} />}
      <Revenue stats={stats} />
    </>
  );
}

const periodOf = (window: StatsWindow, { from, to }: Filter) => (from || to ? texts.numbers.days(from, to) : texts.numbers.last[window]);

/** The period, or the part of it that is counted. */
const countedIn = (stats: Stats | undefined, period: string) => (stats && !stats.isComplete ? texts.numbers.since(stats.countedFrom) : period);

function LatencyPanel({ latencies }: { latencies: Latencies }) {
  const { now, points } = useLatency(latencies);
  return (
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

function Revenue({ stats }: { stats: Stats | undefined }) {
  return (
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
  );
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "–" : texts.numbers.milliseconds(whole(Math.round(value)));
}
