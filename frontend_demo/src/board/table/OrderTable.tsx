/** The orders: thousands in memory, the visible ones in the page; a table, or cards where it is narrow. New rows above do not move what is read. */
import "./table.css";
import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { BoardOrderFragment } from "../../api/generated";
import { serverNow } from "../../api/serverClock";
import { ago } from "../../format/format";
import { useOrderDrawer } from "../../browser/overlay";
import type { Feed } from "../feed/feed";
import { texts } from "../../texts";
import { Heads } from "./Heads";
import { OrderRow } from "./OrderRow";
import type { Density } from "./density";
import type { Selection } from "./selection";
import { type Sort, isNewestFirst } from "../filter/sort";
import { useAnchor } from "./useAnchor";
import { layoutOf, useRem, useTop, useWidth } from "./useLayout";
import { useMedia, useNow } from "../../browser/useMedia";
import { useRowKeys } from "./useRowKeys";

const FRESH_MS = 1_500;
const OVERSCAN = 6;
const HEADER_REM = 3.75;
const HEADS_REM = 2.5;
const PRINTED_MAX = 1_000;
/** A digit of the rows' bold text. In rem, because heads have smaller letters and the same columns. */
const CHARACTER_REM = 0.65;
const ROW_REM = { cards: 9, comfortable: 3.75, compact: 2.375 };

interface Props {
  readonly orders: readonly BoardOrderFragment[];
  readonly feed: Feed;
  readonly density: Density;
  readonly selection: Selection;
  readonly sortBy: (sort: Sort) => void;
  readonly loadOlder: () => void;
}

export function OrderTable({ orders, feed, density, selection, sortBy, loadOlder }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const rem = useRem();
  const layout = layoutOf(useWidth(table) / rem);
  const isCards = layout === "cards";
  const height = Math.round(ROW_REM[isCards ? "cards" : density] * rem);
  const sticky = (HEADER_REM + (isCards ? 0 : HEADS_REM)) * rem;
  const top = useTop(body);
  const isPrinted = useMedia("print");
  const { number: opened, open } = useOrderDrawer();
  const now = useNow();
  const keys = useRowKeys(orders, selection.toggle);

  const virtualizer = useWindowVirtualizer({
    count: orders.length,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: sticky,
    getItemKey: (index) => orders[index]?.id ?? index,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), ...(keys.index >= 0 ? [keys.index] : [])])].sort((left, right) => left - right),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const shown = isPrinted ? Array.from({ length: Math.min(orders.length, PRINTED_MAX) }, (_, index) => index) : items.map(({ index }) => index);

  useLayoutEffect(() => virtualizer.measure(), [height, virtualizer]);
  useEffect(() => {
    if (feed.older !== undefined && last >= orders.length - OVERSCAN) loadOlder();
  }, [feed.older, last, loadOlder, orders.length]);
  const unseen = useAnchor(orders, height, top - sticky);
  const openLatest = useLatest(open);
  const toggleLatest = useLatest(selection.toggle);

  return (
    <>
      {unseen > 0 && (
        <div className="to-top">
          <button type="button" onClick={() => window.scrollTo({ top: 0 })}>
            {isNewestFirst(feed.sort) ? texts.orders.unseen(unseen) : texts.orders.moved(unseen)}
          </button>
        </div>
      )}
      <table
        ref={table}
        className="orders"
        role="table"
        aria-label={texts.orders.heading}
        aria-rowcount={feed.older === undefined ? orders.length + 1 : -1}
        data-layout={layout}
        data-density={density}
        style={{ "--amount": `${widestAmount(orders) * CHARACTER_REM}rem` } as React.CSSProperties}
      >
        <Heads sort={feed.sort} sortBy={sortBy} orders={orders} selection={selection} />
        <tbody
          ref={body}
          role="rowgroup"
          style={isPrinted ? {} : { height: virtualizer.getTotalSize() }}
          onKeyDown={(event) => keys.press(event, (index) => virtualizer.scrollToIndex(index), Math.floor(window.innerHeight / height) - 2)}
          onFocus={keys.focused}
        >
          {shown.map((index) => {
            const order = orders[index] as BoardOrderFragment;
            return (
              <OrderRow
                key={order.id}
                order={order}
                index={index}
                top={isPrinted ? undefined : index * height}
                height={height}
                age={ago(order.createdAt, now)}
                changed={ago(order.updatedAt, now)}
                fresh={serverNow() - Date.parse(order.updatedAt) < FRESH_MS}
                active={index === Math.max(keys.index, 0)}
                isOpen={order.number === opened}
                isChosen={selection.ids.has(order.id)}
                open={openLatest}
                toggle={toggleLatest}
              />
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** In characters, with separators and the currency: the column is as wide as its widest amount, so that none is cut. */
function widestAmount(orders: readonly BoardOrderFragment[]): number {
  const digits = orders.reduce((most, { total }) => Math.max(most, total.amount.length), 6);
  return digits + Math.floor(Math.max(0, digits - 4) / 3) + 4;
}

/** The same function for every render, which calls the latest one: rows that did not change are not drawn again. */
function useLatest<Arguments extends readonly unknown[]>(call: (...given: Arguments) => void): (...given: Arguments) => void {
  const latest = useRef(call);
  latest.current = call;
  return useState(() => (...given: Arguments) => latest.current(...given))[0];
}
