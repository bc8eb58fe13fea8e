/** The next transition of an order, in its row: a toast says what became of it, with a link to the order. */
import { useEffect, useState } from "react";
import type { MovableOrderFragment } from "../api/generated";
import { toast } from "../components/toasts";
import { texts, troubleText } from "../texts";
import { ShipDialog, StaleDialog } from "./dialogs";
import type { Moving } from "./moving";
import { useMove } from "./useMove";

const NEXT = ["PAID", "SHIPPED", "DELIVERED"] as const;

interface Props {
  readonly order: MovableOrderFragment;
  readonly tabIndex: number;
}

export function NextMove({ order: { id, number, version, availableTransitions }, tabIndex }: Props) {
  const mover = useMove(id);
  // The version in question: the order may change while its user writes the tracking code.
  const [shipping, setShipping] = useState<number>();
  const { moving, leave } = mover;
  const to = NEXT.find((one) => availableTransitions.includes(one));
  useEffect(() => {
    const [text, isGood] = outcome(number, moving);
    if (!text) return;
    toast(text, isGood ? "good" : "bad", { order: number });
    leave();
  }, [moving]);
  const ship = (trackingCode: string) => {
    setShipping(undefined);
    if (shipping !== undefined) mover.move("SHIPPED", shipping, trackingCode ? { trackingCode } : {});
  };
  return (
    <>
      {to && (
        <button type="button" className="next-move" tabIndex={tabIndex} aria-disabled={moving.state === "sending"} aria-label={`${texts.move.button[to]}: ${number}`} onClick={() => (to === "SHIPPED" ? setShipping(version) : mover.move(to, version))}>
          {texts.status[to]}
        </button>
      )}
      {shipping !== undefined && <ShipDialog number={number} close={() => setShipping(undefined)} ship={ship} />}
      {moving.state === "stale" && <StaleDialog stale={moving} anyway={mover.anyway} leave={leave} />}
    </>
  );
}

/** What a move has come to, and whether it is done; nothing is said while it runs or its user decides. */
export function outcome(number: string, moving: Moving): readonly [text: string, isGood: boolean] {
  if (moving.state === "moved") return [texts.move.moved(number, moving.order.status), true];
  if (moving.state === "refused") return [`${number}: ${texts.move.refused(moving.messages)}`, false];
  if (moving.state === "failed") return [`${number}: ${troubleText(moving.trouble)}`, false];
  return ["", false];
}
