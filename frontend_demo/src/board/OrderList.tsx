/** The rows: thousands in memory, the visible ones in the page; reached by arrow keys; new rows above do not move them. */
import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { BoardOrderFragment } from "../api/generated";
import { serverNow } from "../api/serverClock";
import { ago } from "../app/format";
import { useOrderDrawer } from "../app/overlay";
import { texts } from "../texts";
import { OrderRow } from "./OrderRow";
import { useAnchor } from "./useAnchor";
import { useMedia, useNow } from "./useMedia";
import { useRowKeys } from "./useRowKeys";

const FRESH_MS = 1_500;
const OVERSCAN = 6;
const STICKY_PX = 72; // the header, which stays on top
const ROW_PX = { narrow: 112, wide: 64 };

interface Props {
  readonly orders: readonly BoardOrderFragment[];
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
}

export function OrderList({ orders, hasOlder, loadOlder }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const [top, setTop] = useState(0);
  const height = useMedia("(max-width: 46rem)") ? ROW_PX.narrow : ROW_PX.wide;
  const { open } = useOrderDrawer();
  const now = useNow();
  const keys = useRowKeys(orders);

  const virtualizer = useWindowVirtualizer({
    count: orders.length,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: STICKY_PX,
    getItemKey: (index) => orders[index]?.id ?? index,
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), ...(keys.index >= 0 ? [keys.index] : [])])].sort((left, right) => left - right),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0));
  useLayoutEffect(() => virtualizer.measure(), [height, virtualizer]);
  useEffect(() => {
    if (hasOlder && last >= orders.length - OVERSCAN) loadOlder();
  }, [hasOlder, last, loadOlder, orders.length]);
  const unseen = useAnchor(orders, height, top - STICKY_PX);
  const latest = useRef(open);
  latest.current = open;
  const [openLatest] = useState(() => (number: string) => latest.current(number));

  return (
    <>
      {unseen > 0 && (
        <div className="to-top">
          <button type="button" onClick={() => window.scrollTo({ top: 0 })}>
            {texts.orders.unseen(unseen)}
          </button>
        </div>
      )}
      <ol
        ref={list}
        className="orders"
        aria-label={texts.orders.heading}
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={(event) => keys.press(event, (index) => virtualizer.scrollToIndex(index), Math.floor(window.innerHeight / height) - 2)}
        onFocus={keys.focused}
      >
        {items.map(({ index, start }) => {
          const order = orders[index] as BoardOrderFragment;
          return (
            <li key={order.id} style={{ height, transform: `translateY(${start - top}px)` }} aria-setsize={orders.length} aria-posinset={index + 1}>
              <OrderRow
                order={order}
                age={ago(order.createdAt, now)}
                fresh={serverNow() - Date.parse(order.updatedAt) < FRESH_MS}
                active={index === Math.max(keys.index, 0)}
                open={openLatest}
              />
            </li>
          );
        })}
      </ol>
    </>
  );
}

