/** An open file: its contents, its progress, and each of its orders. */
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { Link } from "wouter";
import { saveCsv } from "../browser/save";
import { texts } from "../texts";
import { whole } from "../format/numbers";
import { EncodingChoice } from "./AskEncoding";
import { Entries } from "./Entries";
import { type Counts, countsOf, entriesOf } from "./entries";
import type { OpenFile } from "./sending/importer";
import { Progress } from "./Progress";
import { reportCsv, reportLines } from "./sending/report";
import { importer } from "./sending/server";

export function FileView({ open }: { open: OpenFile }) {
  const { file, checked, outcomes, status } = open;
  const entries = useMemo(() => entriesOf({ file, checked, outcomes }), [file, checked, outcomes]);
  const counts = useMemo(() => countsOf(entries), [entries]);
  const heading = useFocusAtChange(status === "done");
  return (
    <>
      <section className="panel import-file" aria-labelledby="import-name">
        <div className="import-name">
          <h2 id="import-name" ref={heading} tabIndex={-1}>
            {status === "done" ? texts.import.done : open.name}
          </h2>
          <p className="quiet">{texts.import.comesTo(status === "done" ? open.name : "", texts.import.formatNames[file.format], file.rows, file.drafts.length)}</p>
          {file.hasCommas && <p className="quiet">{texts.import.hasCommas}</p>}
          {(status === "checking" || status === "ready") && <EncodingChoice open={open} />}
        </div>
        <Numbers counts={counts} status={status} />
        <Progress open={open} />
        <Actions open={open} counts={counts} />
      </section>
      <Entries entries={entries} />
    </>
  );
}

function Numbers({ counts, status }: { counts: Counts; status: OpenFile["status"] }) {
  const began = status !== "checking" && status !== "ready";
  return (
    <dl className="import-numbers">
      {began && <Count label={texts.import.count.placed} number={counts.placed} tone="good" />}
      {status !== "done" && <Count label={texts.import.count.ready} number={counts.ready} tone="new" />}
      <Count label={texts.import.count.there} number={counts.there} tone="" />
      <Count label={began ? texts.import.count.refused : texts.import.count.wrong} number={counts.refused} tone={counts.refused ? "bad" : ""} />
    </dl>
  );
}

function Count({ label, number, tone }: { label: string; number: number; tone: string }) {
  return (
    <div data-tone={tone}>
      <dt>{label}</dt>
      <dd>{whole(number)}</dd>
    </div>
  );
}

function Actions({ open, counts }: { open: OpenFile; counts: Counts }) {
  const { status } = open;
  const close = (
    <button type="button" onClick={() => importer.close()}>
      {status === "done" ? texts.import.another : texts.import.leave}
    </button>
  );
  const start = (label: ReactNode) => (
    <button type="button" className="primary" onClick={() => void importer.start()}>
      {label}
    </button>
  );
  const report = (
    <button type="button" className={status === "done" ? "primary" : ""} onClick={() => saveCsv(`${open.name.replace(/\.\w+$/, "")}-report.csv`, reportCsv(reportLines(open.file.drafts, open.outcomes)))}>
      {texts.import.report}
    </button>
  );
  if (status === "running") {
    return (
      <div className="actions">
        <button type="button" onClick={() => importer.pause()}>
          {texts.import.pause}
        </button>
      </div>
    );
  }
  if (status === "done") {
    return (
      <div className="actions">
        {report}
        <Link className="button" href="/">
          {texts.import.toBoard}
        </Link>
        {close}
      </div>
    );
  }
  const begun = status === "paused" || status === "stuck";
  return (
    <>
      <div className="actions">
        {open.chunks.length > 0 && start(begun ? texts.import.goOn : texts.import.start(counts.ready, counts.there))}
        {begun && report}
        {close}
      </div>
      <p className="quiet">{begun ? texts.import.pausedHint : texts.import.startHint}</p>
    </>
  );
}

/** At the end, screen readers announce it, and keyboards go on from there. */
function useFocusAtChange(done: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(done);
  useEffect(() => {
    if (done && !before.current) heading.current?.focus();
    before.current = done;
  }, [done]);
  return heading;
}
