import { type MouseEvent, memo } from "react";
import type { BoardOrderFragment } from "../api/generated";
import { exact, money } from "../app/format";
import { texts } from "../texts";

interface Props {
  readonly order: BoardOrderFragment;
  readonly age: string;
  /** It has just come or changed: it is highlighted for a moment. */
  readonly fresh: boolean;
  /** The row that Tab reaches; the arrow keys move on from it. */
  readonly active: boolean;
  readonly open: (number: string) => void;
}

export const rowId = (id: string) => `row-${id}`;

export const OrderRow = memo(function OrderRow({ order, age, fresh, active, open }: Props) {
  const { id, number, customerName, customerEmail, status, processingStatus, total, lines, createdAt, updatedAt } = order;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab or window
    event.preventDefault();
    open(number);
  };
  return (
    <a id={rowId(id)} className="order" href={`?${new URLSearchParams({ order: number })}`} tabIndex={active ? 0 : -1} onClick={follow}>
      {fresh && <span key={updatedAt} className="flash" />}
      <span className="number">{number}</span>
      <span className="customer">
        <strong>{customerName || customerEmail || texts.orders.unnamed}</strong>
        <span>{texts.orders.lines(lines.map(({ quantity, name }) => `${quantity} × ${name ?? texts.orders.article}`))}</span>
      </span>
      <span className="states">
        <span className="badge" data-status={status}>
          {texts.status[status]}
        </span>
        <span className="processing" data-processing={processingStatus}>
          {texts.processing[processingStatus]}
        </span>
      </span>
      <span className="amount">{money(total)}</span>
      <time dateTime={createdAt} title={exact(createdAt)}>
        {age}
      </time>
    </a>
  );
});
