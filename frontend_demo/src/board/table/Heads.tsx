/** The heads of the table's columns: a click sorts, a second one turns around. */
import { useEffect, useRef } from "react";
import type { BoardOrderFragment, OrderSortField } from "../../api/generated";
import { texts } from "../../texts";
import type { Selection } from "./selection";
import { type Sort, sortedBy } from "../filter/sort";

interface Props {
  readonly sort: Sort;
  readonly sortBy: (sort: Sort) => void;
  readonly orders: readonly BoardOrderFragment[];
  readonly selection: Selection;
}

export function Heads({ sort, sortBy, orders, selection }: Props) {
  return (
    <thead role="rowgroup">
      <tr role="row" className="heads">
        <th role="columnheader" className="choose">
          <All orders={orders} selection={selection} />
        </th>
        {(["number", "customer", "items", "states"] as const).map((name) => (
          <th key={name} role="columnheader" className={name} scope="col">
            {texts.orders.column[name]}
          </th>
        ))}
        <Sorted className="amount" field="TOTAL" sort={sort} sortBy={sortBy} />
        <Sorted className="placed" field="CREATED_AT" sort={sort} sortBy={sortBy} />
        <Sorted className="changed" field="UPDATED_AT" sort={sort} sortBy={sortBy} />
      </tr>
    </thead>
  );
}

function Sorted({ className, field, sort, sortBy }: { className: string; field: OrderSortField } & Pick<Props, "sort" | "sortBy">) {
  const direction = sort.field === field ? (sort.direction === "ASC" ? "ascending" : "descending") : undefined;
  return (
    <th role="columnheader" className={className} scope="col" aria-sort={direction ?? "none"}>
      <button type="button" onClick={() => sortBy(sortedBy(field, sort))}>
        {texts.orders.sorted[field]}
        <span className="direction" aria-hidden="true">
          {direction === "ascending" ? "↑" : direction === "descending" ? "↓" : "↕"}
        </span>
      </button>
    </th>
  );
}

/** Chooses every order that is loaded, or none. */
function All({ orders, selection }: Pick<Props, "orders" | "selection">) {
  const box = useRef<HTMLInputElement>(null);
  const chosen = selection.ids.size;
  const isAll = chosen > 0 && orders.every(({ id }) => selection.ids.has(id));
  useEffect(() => {
    if (box.current) box.current.indeterminate = chosen > 0 && !isAll;
  }, [chosen, isAll]);
  return <input ref={box} type="checkbox" aria-label={texts.orders.chooseAll(orders.length)} checked={isAll} onChange={() => (isAll ? selection.clear() : selection.choose(orders.map(({ id }) => id)))} />;
}
