/** Orders as they arrive and change, and their statistics. */
import "./board.css";
import { useCallback, useEffect, useMemo } from "react";
import { BoardEventsDocument, type BoardOrderFragment, BoardPageDocument, BoardStatsDocument } from "../api/generated";
import { graphiqlLink } from "../api/graphiql";
import { useConnection } from "../api/live";
import { Backlog } from "./Backlog";
import { InGraphiQL } from "../components/InGraphiQL";
import { Loading, Nothing, PageHeading, Problem } from "../components/blocks";
import { useNewOrder } from "../browser/overlay";
import { type Feed, isListed } from "./feed/feed";
import { type Overlay, seen, shownRows } from "../optimistic/overlay";
import { BulkBar } from "../move/BulkBar";
import { changeOverlay, useOverlay } from "../optimistic/store";
import { texts, unreadText } from "../texts";
import { Announcer } from "./Announcer";
import { ExportChosen } from "./toolbar/ExportChosen";
import { Filters } from "./toolbar/Filters";
import { Numbers } from "./numbers/Numbers";
import { OrderTable } from "./table/OrderTable";
import { Toolbar } from "./toolbar/Toolbar";
import { useDensity } from "./table/density";
import { PAGE_SIZE, type View } from "./feed/engine";
import { EVERYTHING, type Filter, type Refused, isEverything, whereOf } from "./filter/filter";
import { type Selection, useSelection } from "./table/selection";
import type { Sort } from "./filter/sort";
import { useArticles } from "./toolbar/useArticles";
import { useAttention } from "./feed/useAttention";
import { useBoard } from "./feed/useBoard";
import { useStats } from "./numbers/useStats";
import { useStatsWindow } from "./numbers/useStatsWindow";
import { useView } from "./feed/useView";

export default function Board() {
  const { view: inAddress, refused, filterBy, sortBy } = useView();
  const { filter } = inAddress;
  const view = useArticles(inAddress);
  const [density, setDensity] = useDensity();
  const [statsWindow, setStatsWindow] = useStatsWindow();
  const stats = useStats(statsWindow, view);
  const { feed, loading, problem, engine } = useBoard(view);
  const isCut = ["silent", "lost", "failed"].includes(useConnection());
  const overlay = useOverlay();
  const orders = useMemo(() => feed && shownRows(feed.orders, overlay), [feed, overlay]);
  const selection = useSelection(orders ?? NO_ORDERS);
  useSeen(feed, overlay);
  useAttention(feed);
  const loadOlder = useCallback(() => void engine.loadOlder(), [engine]);
  const currencies = [...new Set([filter.currency, ...(stats?.revenue ?? []).map(({ currency }) => currency)])].filter(Boolean).sort();
  return (
    <>
      <PageHeading title={texts.board.title} lead={feed && (feed.arrived || !isCut ? texts.orders.arrived(feed.arrived) : texts.orders.arriveLater)}>
        <InGraphiQL operations={operations(view ?? inAddress, statsWindow)} />
      </PageHeading>
      <Backlog />
      <div className="board">
        <div className="board-orders" aria-busy={loading}>
          <Filters filter={filter} change={filterBy} currencies={currencies} />
          <Unknown refused={refused} drop={() => filterBy({})} />
          <Toolbar feed={feed} sortBy={sortBy} density={density} setDensity={setDensity} />
          {problem && (
            <Problem title={texts.problem.heading} reason={unreadText(problem)}>
              <button type="button" onClick={() => void engine.load()}>
                {texts.problem.retry}
              </button>
              {problem.kind === "unauthenticated" && <a href="/login/">{texts.problem.signIn}</a>}
            </Problem>
          )}
          {feed && orders ? (
            orders.length || feed.older !== undefined ? <OrderTable orders={orders} feed={feed} density={density} selection={selection} sortBy={sortBy} loadOlder={loadOlder} /> : <Empty filter={filter} clear={() => filterBy(EVERYTHING)} />
          ) : (
            !problem && <Loading>{texts.orders.loading}</Loading>
          )}
          <Chosen orders={orders ?? NO_ORDERS} selection={selection} sort={inAddress.sort} />
        </div>
        <Numbers stats={stats} window={statsWindow} setWindow={setStatsWindow} filter={filter} latencies={engine.latencies} />
      </div>
      <Announcer feed={feed} />
    </>
  );
}

const NO_ORDERS: readonly BoardOrderFragment[] = [];

/** What the address asks for and this page can't do. */
function Unknown({ refused, drop }: { refused: readonly Refused[]; drop: () => void }) {
  if (!refused.length) return null;
  return (
    <p className="said refused" data-tone="warn" role="alert">
      {texts.filter.refused(refused.map(({ name, value }) => `${name}=${value}`))}
      <button type="button" className="link" onClick={drop}>
        {texts.filter.drop}
      </button>
    </p>
  );
}

function Chosen({ orders, selection: { ids, clear }, sort }: { orders: readonly BoardOrderFragment[]; selection: Selection; sort: Sort }) {
  if (!ids.size) return null;
  const chosen = orders.filter(({ id }) => ids.has(id));
  return (
    <BulkBar orders={chosen} clear={clear}>
      <ExportChosen numbers={chosen.map(({ number }) => number)} sort={sort} />
    </BulkBar>
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

function operations({ filter, sort, articles }: View, window: ReturnType<typeof useStatsWindow>[0]) {
  const where = whereOf(filter, articles);
  return [
    { name: texts.board.thisPage, href: graphiqlLink(BoardPageDocument, { where, sortBy: sort, first: PAGE_SIZE, counted: true }) },
    { name: texts.board.thisFeed, href: graphiqlLink(BoardEventsDocument, { where }) },
    { name: texts.board.theseNumbers, href: graphiqlLink(BoardStatsDocument, { window, where }) },
  ];
}
