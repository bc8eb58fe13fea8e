/** Orders as they arrive and change, and their statistics. */
import "./board.css";
import { useCallback, useEffect, useMemo } from "react";
import { useLatest } from "orders-client/react";
import { asked } from "../api/asked";
import { BoardEventsDocument, BoardPageDocument, BoardStatsDocument, type BoardStatsSubscription } from "../api/generated";
import { graphiqlLink } from "../api/graphiql";
import { socket } from "../api/live";
import { InGraphiQL } from "../app/InGraphiQL";
import { Loading, Nothing, PageHeading, Problem } from "../app/blocks";
import { useNewOrder } from "../app/overlay";
import type { Feed } from "../feed";
import { type Overlay, seen, shownRows } from "../optimistic/overlay";
import { changeOverlay, useOverlay } from "../optimistic/store";
import { texts } from "../texts";
import { Announcer } from "./Announcer";
import { Filters } from "./Filters";
import { OrderList } from "./OrderList";
import { Numbers } from "./Numbers";
import { PAGE_SIZE } from "./engine";
import { type Filter, EVERYTHING, isEverything, matches, whereOf } from "./filter";
import { useBoard } from "./useBoard";
import { useFilter } from "./useFilter";
import { useStatsWindow } from "./useStatsWindow";

export default function Board() {
  const [filter, changeFilter] = useFilter();
  const [statsWindow, setStatsWindow] = useStatsWindow();
  const stats = useLatest<BoardStatsSubscription>(socket, asked(BoardStatsDocument), { window: statsWindow })?.orderStats;
  const { feed, loading, problem, engine } = useBoard(filter);
  const overlay = useOverlay();
  const orders = useMemo(() => feed && shownRows(feed.orders, overlay), [feed, overlay]);
  useSeen(feed, overlay);
  const loadOlder = useCallback(() => void engine.loadOlder(), [engine]);
  const currencies = [...new Set([filter.currency, ...(stats?.revenue ?? []).map(({ currency }) => currency)])].filter(Boolean).sort();
  return (
    <>
      <PageHeading title={texts.board.title} lead={feed && texts.orders.arrived(feed.arrived)}>
        <InGraphiQL operations={operations(filter, statsWindow)} />
      </PageHeading>
      <div className="board">
        <div className="board-orders" aria-busy={loading}>
          <Filters filter={filter} change={changeFilter} currencies={currencies} />
          {problem !== undefined && (
            <Problem title={texts.problem.heading} reason={problem}>
              <button type="button" onClick={() => void engine.load()}>
                {texts.problem.retry}
              </button>
              <a href="/login/">{texts.problem.signIn}</a>
            </Problem>
          )}
          {orders ? (
            orders.length ? <OrderList orders={orders} hasOlder={feed?.older !== undefined} loadOlder={loadOlder} /> : <Empty filter={filter} clear={() => changeFilter(EVERYTHING)} />
          ) : (
            problem === undefined && <Loading>{texts.orders.loading}</Loading>
          )}
        </div>
        <Numbers stats={stats} window={statsWindow} setWindow={setStatsWindow} latencies={engine.latencies} />
      </div>
      <Announcer feed={feed} />
    </>
  );
}

/** Orders placed here are shown immediately; the feed takes over when it has them, or when the filter excludes them. */
function useSeen(feed: Feed | undefined, { placed }: Overlay) {
  useEffect(() => {
    if (!feed || !placed.length) return;
    const leftOut = new Set(placed.flatMap(({ taken, order }) => (taken && !matches(feed.filter, order) ? [order.id] : [])));
    changeOverlay((overlay) => seen(overlay, (id) => leftOut.has(id) || feed.orders.some((order) => order.id === id)));
  }, [feed, placed]);
}

function Empty({ filter, clear }: { filter: Filter; clear: () => void }) {
  const newOrder = useNewOrder();
  if (isEverything(filter))
    return (
      <Nothing title={texts.orders.empty}>
        <button type="button" className="link" onClick={newOrder.open}>
          {texts.orders.placeFirst}
        </button>
      </Nothing>
    );
  return (
    <Nothing title={texts.orders.noMatch}>
      {texts.orders.noMatchHint}{" "}
      <button type="button" className="link" onClick={clear}>
        {texts.filter.clear}
      </button>
    </Nothing>
  );
}

function operations(filter: Filter, window: ReturnType<typeof useStatsWindow>[0]) {
  const where = whereOf(filter);
  return [
    { name: texts.board.thisPage, href: graphiqlLink(BoardPageDocument, { where, first: PAGE_SIZE }) },
    { name: texts.board.thisFeed, href: graphiqlLink(BoardEventsDocument, { where }) },
    { name: texts.board.theseNumbers, href: graphiqlLink(BoardStatsDocument, { window }) },
  ];
}
