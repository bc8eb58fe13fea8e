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
import { type Feed, isListed } from "../feed";
import { type Overlay, seen, shownRows } from "../optimistic/overlay";
import { changeOverlay, useOverlay } from "../optimistic/store";
import { texts } from "../texts";
import { Announcer } from "./Announcer";
import { Filters } from "./Filters";
import { OrderList } from "./OrderList";
import { Numbers } from "./Numbers";
import { PAGE_SIZE, type View } from "./engine";
import { type Filter, EVERYTHING, isEverything, whereOf } from "./filter";
import { useBoard } from "./useBoard";
import { useStatsWindow } from "./useStatsWindow";
import { useView } from "./useView";

export default function Board() {
  const { view, filterBy } = useView();
  const { filter } = view;
  const [statsWindow, setStatsWindow] = useStatsWindow();
  const stats = useLatest<BoardStatsSubscription>(socket, asked(BoardStatsDocument), { window: statsWindow, where: whereOf(filter) })?.orderStats;
  const { feed, loading, problem, engine } = useBoard(view);
  const overlay = useOverlay();
  const orders = useMemo(() => feed && shownRows(feed.orders, overlay), [feed, overlay]);
  useSeen(feed, overlay);
  const loadOlder = useCallback(() => void engine.loadOlder(), [engine]);
  const currencies = [...new Set([filter.currency, ...(stats?.revenue ?? []).map(({ currency }) => currency)])].filter(Boolean).sort();
  return (
    <>
      <PageHeading title={texts.board.title} lead={feed && texts.orders.arrived(feed.arrived)}>
        <InGraphiQL operations={operations(view, statsWindow)} />
      </PageHeading>
      <div className="board">
        <div className="board-orders" aria-busy={loading}>
          <Filters filter={filter} change={filterBy} currencies={currencies} />
          {problem !== undefined && (
            <Problem title={texts.problem.heading} reason={problem}>
              <button type="button" onClick={() => void engine.load()}>
                {texts.problem.retry}
              </button>
              <a href="/login/">{texts.problem.signIn}</a>
            </Problem>
          )}
          {orders ? (
            orders.length ? <OrderList orders={orders} hasOlder={feed?.older !== undefined} loadOlder={loadOlder} /> : <Empty filter={filter} clear={() => filterBy(EVERYTHING)} />
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

/** Orders placed here are shown immediately; the feed takes over when it has them, or when it will not list them. Only the server knows whether a search finds one. */
function useSeen(feed: Feed | undefined, { placed }: Overlay) {
  useEffect(() => {
    if (!feed || !placed.length) return;
    const leftOut = new Set(placed.flatMap(({ taken, order }) => (taken && (feed.filter.text || !isListed(feed, order)) ? [order.id] : [])));
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

function operations({ filter, sort }: View, window: ReturnType<typeof useStatsWindow>[0]) {
  const where = whereOf(filter);
  return [
    { name: texts.board.thisPage, href: graphiqlLink(BoardPageDocument, { where, sortBy: sort, first: PAGE_SIZE, counted: true }) },
    { name: texts.board.thisFeed, href: graphiqlLink(BoardEventsDocument, { where }) },
    { name: texts.board.theseNumbers, href: graphiqlLink(BoardStatsDocument, { window, where }) },
  ];
}
