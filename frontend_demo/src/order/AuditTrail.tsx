import "./history.css";
import type { LifeRecordFragment } from "../api/generated";
import { exact } from "../format/format";
import { texts } from "../texts";
import { type Check, useChainCheck } from "./useChainCheck";

export function AuditTrail({ records, hasTrail }: { records: readonly LifeRecordFragment[] | undefined; hasTrail: boolean }) {
  return (
    <section aria-labelledby="life-trail">
      <h3 id="life-trail">{texts.order.trail}</h3>
      {hasTrail && records ? records.length ? <Records records={records} /> : <p className="quiet">{texts.order.noRecords}</p> : <p className="quiet">{texts.order.noTrail}</p>}
    </section>
  );
}

function Records({ records }: { records: readonly LifeRecordFragment[] }) {
  const { check, checkAll } = useChainCheck(records.map(({ position }) => Number(position)));
  return (
    <>
      <p className="life-check" role="status">
        <CheckBadge check={check} />
        <button type="button" className="link" onClick={checkAll}>
          {texts.order.checkAll}
        </button>
      </p>
      <p className="quiet">{texts.order.chainHint}</p>
      <ol className="trail">
        {[...records].reverse().map((record) => (
          <li key={record.id}>
            <span className="number">{record.action}</span>
            <span className="quiet">
              {texts.order.position(record.position)} · {exact(record.createdAt)} · {record.actor}
            </span>
            <code className="hash" title={record.hash}>
              {record.hash.slice(0, 16)}…
            </code>
          </li>
        ))}
      </ol>
    </>
  );
}

function CheckBadge({ check }: { check: Check }) {
  if (check.state === "checking") return <span className="badge">{texts.order.checking}</span>;
  if (check.state === "intact") {
    return (
      <span className="badge" data-tone="good">
        ✓ {texts.order.intact(check.records)}
      </span>
    );
  }
  return (
    <span className="badge" data-tone="bad">
      {check.state === "broken" ? texts.order.broken(check.at) : check.reason}
    </span>
  );
}
