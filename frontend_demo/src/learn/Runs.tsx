/** The button that runs a chapter's faults, and what happened: the designs side by side, each with its timeline. */
import "./runs.css";
import { useState } from "react";
import { texts, unreadText } from "../texts";
import { type FaultOutcomes, type Outcome, kindOf, problems, runChapter } from "./run";

export function Runs({ chapter }: { chapter: number }) {
  const [running, setRunning] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [faults, setFaults] = useState<readonly FaultOutcomes[]>([]);
  const run = async () => {
    setRunning(true);
    setTrouble("");
    const outcome = await runChapter(chapter);
    if (typeof outcome === "object") setFaults(outcome);
    else setTrouble(outcome ?? unreadText({ kind: "unanswered", reason: "" }));
    setRunning(false);
  };
  return (
    <section className="panel runs" aria-label={texts.learn.runs}>
      <div className="actions">
        <button type="button" className="primary" onClick={() => void run()} disabled={running}>
          {running ? texts.learn.running : texts.learn.run}
        </button>
        <span className="quiet" role="status">
          {faults.length > 0 && !running ? texts.learn.ran(faults.length) : texts.learn.runHint(chapter)}
        </span>
      </div>
      {trouble && (
        <p className="said" data-tone="bad" role="alert">
          {`${texts.learn.notRun} ${trouble}`}
        </p>
      )}
      {faults.map((fault) => (
        <Fault key={fault.name} fault={fault} />
      ))}
    </section>
  );
}

function Fault({ fault }: { fault: FaultOutcomes }) {
  return (
    <section className="fault">
      <h3>{fault.name}</h3>
      <p>{fault.says}</p>
      <div className="designs">
        {fault.designs.map((outcome) => (
          <Design key={outcome.design} outcome={outcome} />
        ))}
      </div>
    </section>
  );
}

function Design({ outcome }: { outcome: Outcome }) {
  const wrong = problems(outcome);
  return (
    <div className="design">
      <h4>
        {outcome.design} <span className="badge" data-tone={wrong ? "bad" : "good"}>{wrong || texts.learn.holds}</span>
      </h4>
      <ol className="timeline" aria-label={texts.learn.timeline(outcome.design)}>
        {outcome.timeline.map((step, place) => (
          <li key={place} data-kind={kindOf(step)}>
            {step}
          </li>
        ))}
      </ol>
    </div>
  );
}
