/**
 * Changes that the page shows before the server confirms them: a layer over the feed, which has only the server's data.
 * Each entry ends by itself once the feed is as far, and immediately when the server refuses. Pure.
 */
import type { BoardOrderFragment, MovableOrderFragment, OrderStatus } from "../api/generated";

/** An order's fields that a move changes. */
export type Moved = Pick<MovableOrderFragment, "status" | "version" | "availableTransitions">;

export interface Overlay {
  /** Orders on their way or just placed, newest first, by their idempotency key. */
  readonly placed: readonly Placed[];
  /** By the order's id. */
  readonly moved: ReadonlyMap<string, Moved>;
}

export interface Placed {
  readonly key: string;
  readonly order: BoardOrderFragment;
  /** The server has accepted it: `order` is the server's. */
  readonly taken: boolean;
}

export const NOTHING: Overlay = { placed: [], moved: new Map() };

/** Moves kept: the oldest is dropped, because the feed has had it for long. */
export const MOVES_MAX = 200;

export function placing(overlay: Overlay, key: string, order: BoardOrderFragment): Overlay {
  return { ...overlay, placed: [{ key, order, taken: false }, ...without(overlay, key)] };
}

/** The server has accepted the order. Until the feed has it, it is shown as in the answer. */
export function placed(overlay: Overlay, key: string, order: BoardOrderFragment): Overlay {
  return { ...overlay, placed: overlay.placed.map((entry) => (entry.key === key ? { key, order, taken: true } : entry)) };
}

/** The server refused, or the feed has it: the entry ends. */
export function endPlaced(overlay: Overlay, key: string): Overlay {
  return overlay.placed.some((entry) => entry.key === key) ? { ...overlay, placed: without(overlay, key) } : overlay;
}

/** The feed has these orders now. */
export function seen(overlay: Overlay, has: (id: string) => boolean): Overlay {
  const left = overlay.placed.filter(({ order }) => !has(order.id));
  return left.length === overlay.placed.length ? overlay : { ...overlay, placed: left };
}

export function moving(overlay: Overlay, { id, version }: { id: string; version: number }, status: OrderStatus): Overlay {
  return withMove(overlay, id, { status, version: version + 1, availableTransitions: [] });
}

export function moved(overlay: Overlay, { id, status, version, availableTransitions }: MovableOrderFragment): Overlay {
  return withMove(overlay, id, { status, version, availableTransitions });
}

/** The server refused: the order is shown as in the feed. */
export function endMove(overlay: Overlay, id: string): Overlay {
  const moves = new Map(overlay.moved);
  return moves.delete(id) ? { ...overlay, moved: moves } : overlay;
}

/** The order as it is shown: with the changes made here, unless the feed is as far. */
export function shown<T extends { readonly id: string; readonly status: OrderStatus; readonly version: number }>(order: T, { moved }: Overlay): T {
  const move = moved.get(order.id);
  return move && order.version < move.version ? { ...order, ...move } : order;
}

/** The rows as they are shown, those on their way on top. */
export function shownRows(rows: readonly BoardOrderFragment[], overlay: Overlay): readonly BoardOrderFragment[] {
  if (overlay === NOTHING || (!overlay.placed.length && !overlay.moved.size)) return rows;
  const waiting = overlay.placed.map(({ order }) => order).filter(({ id }) => !rows.some((row) => row.id === id));
  return [...waiting, ...(overlay.moved.size ? rows.map((row) => shown(row, overlay)) : rows)];
}

function without({ placed }: Overlay, key: string): readonly Placed[] {
  return placed.filter((entry) => entry.key !== key);
}

function withMove(overlay: Overlay, id: string, move: Moved): Overlay {
  const moves = new Map(overlay.moved);
  moves.delete(id); // inserted at the end, so that the first is the oldest
  moves.set(id, move);
  const [oldest] = moves.keys();
  if (moves.size > MOVES_MAX && oldest !== undefined) moves.delete(oldest);
  return { ...overlay, moved: moves };
}
