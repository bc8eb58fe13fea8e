import "./receiver.css";
import { duration } from "../../format/duration";
import { Explained } from "../../learn/Explained";
import { texts } from "../../texts";
import { type Backlog, caughtUp } from "../state/backlog";
import { FaultControls } from "./FaultControls";
import { Sparkline } from "./Sparkline";
import { Switch } from "../../components/Switch";
import { type Tally, median } from "../state/tally";
import type { Actions } from "../state/useActions";
import type { ReceiverState, Tools } from "../state/useLab";

interface Props {
  readonly receiver: ReceiverState;
  readonly backlog: Backlog;
  readonly tool: Tools["receivers"][number] | undefined;
  readonly tally: Tally;
  readonly start: string | undefined;
  /** Undefined for users who may only watch. */
  readonly actions: Actions | undefined;
}

export function ReceiverCard({ receiver, backlog, tool, tally, start, actions }: Props) {
  const { name, kind, enabled, isOffForAll } = receiver;
  const title = texts.receiver[name] ?? name;
  const hasDeliveries = kind !== "LIVE";
  return (
    <li id={`receiver-${name}`} className="panel receiver" data-receiver={name} data-on={enabled} data-broken={tool?.fault != null}>
      <div className="receiver-heading">
        <h3>{title}</h3>
        <span className="badge">{texts.lab.kind[kind]}</span>
        <Switch isOn={enabled} label={texts.lab.switchName(title)} change={isOffForAll ? undefined : actions && ((on) => actions.switchReceiver(name, on))} />
      </div>
      {isOffForAll && <p className="quiet">{texts.lab.offForAll}</p>}
      <p className="teaches">
        <Explained>{texts.lab.teaches[name] ?? ""}</Explained>
      </p>
      {hasDeliveries ? <LedgerNumbers receiver={receiver} /> : <LiveNumbers tally={tally} />}
      {hasDeliveries && <Backlogged backlog={backlog} left={receiver.pending + receiver.retrying} isOn={enabled} />}
      {actions && hasDeliveries && (
        <div className="receiver-actions">
          {receiver.dead > 0 && (
            <button type="button" onClick={() => void actions.retryAll(name)}>
              {texts.lab.retryDead(receiver.dead)}
            </button>
          )}
          {start !== undefined && (
            <button type="button" onClick={() => void actions.replay(name, start)}>
              {texts.lab.replay}
            </button>
          )}
        </div>
      )}
      {actions && tool && hasDeliveries && <FaultControls name={name} fault={tool.fault} actions={actions} />}
      {tool && (
        <details>
          <summary>{texts.lab.code}</summary>
          <p className="quiet number">{tool.file}</p>
          <pre className="code" tabIndex={0}>
            {tool.source}
          </pre>
        </details>
      )}
    </li>
  );
}

function LedgerNumbers({ receiver }: { receiver: ReceiverState }) {
  return (
    <dl className="tallies small">
      <Number name={texts.lab.perMinute} value={receiver.finishedLastMinute} />
      <Number name={texts.lab.p95} value={receiver.p95Seconds === null ? texts.lab.none : duration(receiver.p95Seconds * 1_000)} />
      <Number name={texts.lab.lag} value={receiver.lagSeconds < 0.05 ? texts.lab.none : duration(receiver.lagSeconds * 1_000)} />
      <Number name={texts.lab.backlog} value={receiver.pending} />
      <Number name={texts.lab.retrying} value={receiver.retrying} tone={receiver.retrying ? "warn" : undefined} />
      <Number name={texts.lab.deadNow} value={receiver.dead} tone={receiver.dead ? "bad" : undefined} />
    </dl>
  );
}

function LiveNumbers({ tally }: { tally: Tally }) {
  const delay = median(tally.delays);
  return (
    <>
      <dl className="tallies small live">
        <Number name={texts.lab.receivedHere} value={tally.received} />
        <Number name={texts.lab.delay} value={delay === undefined ? texts.lab.none : duration(delay)} />
      </dl>
      <p className="quiet">{texts.lab.liveNote}</p>
    </>
  );
}

function Number({ name, value, tone }: { name: string; value: number | string; tone?: string | undefined }) {
  return (
    <div data-tone={tone}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Backlogged({ backlog, left, isOn }: { backlog: Backlog; left: number; isOn: boolean }) {
  const share = isOn ? caughtUp(backlog) : undefined;
  return (
    <div className="backlogged">
      <Sparkline backlog={backlog} />
      {share !== undefined && (
        <label className="catching-up">
          {texts.lab.catchingUp(left)}
          <progress value={share} max={1} />
        </label>
      )}
    </div>
  );
}
