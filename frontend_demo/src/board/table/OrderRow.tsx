import "./row.css";
import { type MouseEvent, memo } from "react";
import type { BoardOrderFragment } from "../../api/generated";
import { Mail } from "../../components/Mail";
import { exact, money } from "../../format/format";
import { NextMove } from "../../move/NextMove";
import { texts } from "../../texts";

interface Props {
  readonly order: BoardOrderFragment;
  readonly index: number;
  /** Pixels from the table's begin; undefined in print, where rows follow each other. */
  readonly top: number | undefined;
  readonly height: number;
  readonly age: string;
  readonly changed: string;
  /** It has just come or changed: it is highlighted for a moment. */
  readonly fresh: boolean;
  /** The row that Tab reaches; the arrow keys move on from it. */
  readonly active: boolean;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly open: (number: string) => void;
  /** `isRange`: with all rows from the one chosen before. */
  readonly toggle: (id: string, isRange: boolean) => void;
}

export const rowId = (id: string) => `row-${id}`;

export const OrderRow = memo(function OrderRow({ order, index, top, height, age, changed, fresh, active, isOpen, isChosen, open, toggle }: Props) {
  const { id, number, customerName, customerEmail, status, processingStatus, total, lines, tags, createdAt, updatedAt } = order;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab or window
    event.preventDefault();
    open(number);
  };
  const reached = active ? 0 : -1;
  return (
    <tr role="row" className="order" aria-rowindex={index + 2} data-open={isOpen} data-chosen={isChosen} style={top === undefined ? {} : { height, transform: `translateY(${top}px)` }}>
      <td role="cell" className="choose">
        {fresh && <span key={updatedAt} className="flash" />}
        <input type="checkbox" aria-label={texts.orders.choose(number)} tabIndex={reached} checked={isChosen} onClick={(event) => toggle(id, event.shiftKey)} onChange={() => {}} />
      </td>
      <th role="rowheader" className="number" scope="row">
        <a id={rowId(id)} href={`?${new URLSearchParams({ order: number })}`} tabIndex={reached} onClick={follow}>
          {number}
        </a>
      </th>
      <td role="cell" className="customer">
        <strong>{customerName || customerEmail || texts.orders.unnamed}</strong>
        {customerName && customerEmail && (
          <span className="mail">
            <Mail address={customerEmail} />
          </span>
        )}
      </td>
      <td role="cell" className="items">
        <span>{texts.orders.lines(lines.map(({ quantity, name }) => `${quantity} × ${name ?? texts.orders.article}`))}</span>
        {tags.map((tag) => (
          <span key={tag} className="tag">
            {tag}
          </span>
        ))}
      </td>
      <td role="cell" className="states">
        <span className="badge" data-status={status}>
          {texts.status[status]}
        </span>
        <span className="processing" data-processing={processingStatus}>
          {texts.processing[processingStatus]}
        </span>
        <NextMove order={order} tabIndex={reached} />
      </td>
      <td role="cell" className="amount">
        {money(total)}
      </td>
      <td role="cell" className="placed">
        <time dateTime={createdAt} title={exact(createdAt)}>
          {age}
        </time>
      </td>
      <td role="cell" className="changed">
        <time dateTime={updatedAt} title={exact(updatedAt)}>
          {changed}
        </time>
      </td>
    </tr>
  );
});
