/** What can be done with the chosen orders, and what became of it. */
import "./move.css";
import { type ReactNode, useState } from "react";
import { useClient } from "urql";
import type { MovableOrderFragment } from "../api/generated";
import { useOrderDrawer } from "../browser/overlay";
import { toast } from "../components/toasts";
import { texts, troubleText } from "../texts";
import { type Outcome, moveAll, sender } from "./bulk";
import { CancelDialog } from "./dialogs";
import type { Target } from "../texts/en/move";

const TARGETS: readonly Target[] = ["PAID", "SHIPPED", "DELIVERED", "CANCELLED"];

interface Props {
  readonly orders: readonly MovableOrderFragment[];
  readonly clear: () => void;
  /** More actions, such as an export. */
  readonly children: ReactNode;
}

export function BulkBar({ orders, clear, children }: Props) {
  const client = useClient();
  const [running, setRunning] = useState<{ readonly to: Target; readonly done: number; readonly all: number }>();
  const [outcome, setOutcome] = useState<Outcome>();
  const [isAsking, setAsking] = useState(false);
  const able = (to: Target) => orders.filter(({ availableTransitions }) => availableTransitions.includes(to));

  const move = async (to: Target, reason?: string) => {
    const those = able(to);
    setAsking(false);
    setOutcome(undefined);
    setRunning({ to, done: 0, all: those.length });
    const { size, send } = sender(client, to, reason ? { reason } : {});
    const result = await moveAll(those, size, send, (done) => setRunning({ to, done, all: those.length }));
    setRunning(undefined);
    setOutcome(result.refused.length || result.trouble ? result : undefined);
    if (result.moved) toast(texts.move.allMoved(result.moved, to), "good", { href: `/?status=${to}&sort=-changed` });
    if (!result.refused.length && !result.trouble) clear();
  };

  return (
    <section className="bulk" aria-label={texts.move.chosen(orders.length)}>
      <div className="bulk-actions">
        <strong role="status">{running ? texts.move.running(running.to, running.done, running.all) : texts.move.chosen(orders.length)}</strong>
        {TARGETS.map((to) => {
          const count = able(to).length;
          return (
            count > 0 && (
              <button key={to} type="button" className={to === "CANCELLED" ? "danger" : ""} disabled={running !== undefined} onClick={() => (to === "CANCELLED" ? setAsking(true) : void move(to))}>
                {texts.move.bulk[to]} <span className="count">{count}</span>
              </button>
            )
          );
        })}
        {children}
        <button type="button" className="link" onClick={clear}>
          {texts.move.clear}
        </button>
      </div>
      {outcome && <Left outcome={outcome} />}
      {isAsking && <CancelDialog heading={texts.move.cancel.headingOf(able("CANCELLED").length)} confirm={texts.move.cancel.confirmOf(able("CANCELLED").length)} close={() => setAsking(false)} cancel={(reason) => void move("CANCELLED", reason)} />}
    </section>
  );
}

/** The orders that are as they were. */
function Left({ outcome: { refused, trouble } }: { outcome: Outcome }) {
  const drawer = useOrderDrawer();
  return (
    <div className="bulk-left" role="alert">
      {trouble && <p>{troubleText(trouble)}</p>}
      {refused.length > 0 && <p>{texts.move.someRefused(refused.length)}</p>}
      <ul>
        {refused.map(({ number, message }) => (
          <li key={number}>
            <button type="button" className="link number" onClick={() => drawer.open(number)}>
              {number}
            </button>{" "}
            {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
