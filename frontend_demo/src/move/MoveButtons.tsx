/** The possible transitions of an order as buttons: each is shown as done and taken back when the server refuses. */
import "./move.css";
import { useLayoutEffect, useRef, useState } from "react";
import type { MovableOrderFragment, OrderStatus } from "../api/generated";
import { useShown } from "../optimistic/store";
import { texts } from "../texts";
import { CancelDialog, ShipDialog, StaleDialog } from "./dialogs";
import { MoveOutcome } from "./MoveOutcome";
import type { Target } from "../texts/en/move";
import { useMove } from "./useMove";

export function MoveButtons({ order }: { order: MovableOrderFragment }) {
  const { status, version, availableTransitions } = useShown(order);
  const mover = useMove(order.id);
  // The transition and the version in question: the order may change while its user reads.
  const [asking, setAsking] = useState<{ readonly to: Target; readonly version: number }>();
  const group = useFocusKept<HTMLDivElement>();
  const { moving } = mover;

  // While a transition is on its way the buttons stay, so that nothing jumps and the focus keeps its place.
  const sending = moving.state === "sending" ? moving.move.to : undefined;
  const targets = (sending ? order : { availableTransitions }).availableTransitions.filter(isTarget);
  const press = (to: Target) => (sending ? undefined : to === "SHIPPED" || to === "CANCELLED" ? setAsking({ to, version }) : mover.move(to, version));
  const close = () => setAsking(undefined);
  const answer = (details: { trackingCode?: string; reason?: string }) => {
    close();
    if (asking) mover.move(asking.to, asking.version, details);
  };

  return (
    <div className="move" role="group" aria-label={texts.move.group(order.number)} ref={group} tabIndex={-1}>
      {targets.map((to) => (
        <button key={to} type="button" className={to === "CANCELLED" ? "danger" : "primary"} aria-disabled={sending !== undefined} onClick={() => press(to)}>
          {sending === to ? texts.move.sending[to] : texts.move.button[to]}
        </button>
      ))}
      {!targets.length && <p className="move-end">{texts.move.nothing[status]}</p>}
      <MoveOutcome mover={mover} number={order.number} />
      {asking?.to === "SHIPPED" && <ShipDialog number={order.number} close={close} ship={(trackingCode) => answer(trackingCode ? { trackingCode } : {})} />}
      {asking?.to === "CANCELLED" && <CancelDialog heading={texts.move.cancel.heading(order.number)} confirm={texts.move.cancel.confirm} close={close} cancel={(reason) => answer(reason ? { reason } : {})} />}
      {moving.state === "stale" && <StaleDialog stale={moving} anyway={mover.anyway} leave={mover.leave} />}
    </div>
  );
}

function isTarget(status: OrderStatus): status is Target {
  return status !== "NEW";
}

/** When the focused button disappears, its group gets the focus: a keyboard's user stays at the place. */
function useFocusKept<T extends HTMLElement>() {
  const group = useRef<T>(null);
  const last = useRef<Element>(null);
  useLayoutEffect(() => {
    if (last.current && !last.current.isConnected && document.activeElement === document.body) group.current?.focus();
    last.current = group.current?.contains(document.activeElement) ? document.activeElement : null;
  });
  useLayoutEffect(() => {
    const element = group.current;
    const note = ({ target }: FocusEvent) => (last.current = target as Element);
    element?.addEventListener("focusin", note);
    return () => element?.removeEventListener("focusin", note);
  }, []);
  return group;
}
