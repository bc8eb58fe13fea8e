import { type FormEvent, useId } from "react";
import { Dialog } from "../components/Dialog";
import { texts } from "../texts";
import type { Moving } from "./moving";

/** The server's limits (ShipOrderInput, CancelOrderInput). */
const TRACKING_CODE_MAX = 100;
const REASON_MAX = 500;

interface Asking {
  readonly number: string;
  readonly close: () => void;
}

export function ShipDialog({ number, close, ship }: Asking & { ship: (trackingCode: string) => void }) {
  const id = useId();
  return (
    <Dialog title={texts.move.ship.heading(number)} close={close}>
      <form className="ask" onSubmit={(event) => ship(valueOf(event))}>
        <div className="field">
          <label htmlFor={id}>{texts.move.ship.trackingCode}</label>
          <input id={id} name="value" maxLength={TRACKING_CODE_MAX} autoComplete="off" aria-describedby={`${id}-hint`} data-focus />
          <p id={`${id}-hint`} className="quiet">
            {texts.move.ship.hint}
          </p>
        </div>
        <Actions confirm={texts.move.ship.confirm} close={close} />
      </form>
    </Dialog>
  );
}

/** Asks about one order, or about many. */
export function CancelDialog({ heading, confirm, close, cancel }: Pick<Asking, "close"> & { heading: string; confirm: string; cancel: (reason: string) => void }) {
  const id = useId();
  return (
    <Dialog title={heading} close={close}>
      <form className="ask" onSubmit={(event) => cancel(valueOf(event))}>
        <p>{texts.move.cancel.warning}</p>
        <div className="field">
          <label htmlFor={id}>{texts.move.cancel.reason}</label>
          <input id={id} name="value" maxLength={REASON_MAX} autoComplete="off" aria-describedby={`${id}-hint`} data-focus />
          <p id={`${id}-hint`} className="quiet">
            {texts.move.cancel.hint}
          </p>
        </div>
        <Actions confirm={confirm} close={close} back={texts.move.cancel.keep} danger />
      </form>
    </Dialog>
  );
}

/** The order is not what its user saw: they see the present state, and choose. */
export function StaleDialog({ stale, anyway, leave }: { stale: Extract<Moving, { state: "stale" }>; anyway: () => void; leave: () => void }) {
  const { now, move } = stale;
  const possible = now.availableTransitions.includes(move.to);
  return (
    <Dialog title={texts.move.stale.heading(now.number)} close={leave}>
      <div className="ask">
        <p>{texts.move.stale.explanation(move.expectedVersion, now.version)}</p>
        <dl className="ask-facts">
          <dt>{texts.move.stale.isNow}</dt>
          <dd>
            <span className="badge" data-status={now.status}>
              {texts.status[now.status]}
            </span>
          </dd>
          <dt>{texts.move.stale.youWanted}</dt>
          <dd>{texts.move.button[move.to]}</dd>
        </dl>
        {!possible && <p>{texts.move.stale.impossible(texts.status[now.status], texts.status[move.to])}</p>}
        <div className="ask-actions">
          <button type="button" className={possible ? "" : "primary"} onClick={leave} data-focus>
            {texts.move.stale.leave}
          </button>
          {possible && (
            <button type="button" className="primary" onClick={anyway}>
              {texts.move.stale.anyway(texts.move.button[move.to])}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Actions({ confirm, close, back = texts.move.back, danger = false }: { confirm: string; close: () => void; back?: string; danger?: boolean }) {
  return (
    <div className="ask-actions">
      <button type="button" onClick={close}>
        {back}
      </button>
      <button type="submit" className={danger ? "danger primary" : "primary"}>
        {confirm}
      </button>
    </div>
  );
}

function valueOf(event: FormEvent<HTMLFormElement>): string {
  event.preventDefault();
  return String(new FormData(event.currentTarget).get("value")).trim();
}
