import { useEffect, useState } from "react";
import { texts, troubleText } from "../texts";
import type { OpenFile } from "./sending/importer";

export function Progress({ open }: { open: OpenFile }) {
  const { status, chunks, doneChunks, checkedChunks, trouble } = open;
  const checking = status === "checking";
  const done = checking ? checkedChunks : doneChunks;
  const orders = (count: number) => chunks.slice(0, count).reduce((sum, { drafts }) => sum + drafts.length, 0);
  const all = orders(chunks.length);
  if (status === "ready" || (status === "done" && !trouble)) return trouble ? <Trouble trouble={trouble} /> : null;
  return (
    <div className="import-progress" data-status={status}>
      <p id="import-progress-label">{texts.import.progress[status](orders(done), all)}</p>
      <progress aria-labelledby="import-progress-label" max={all} value={orders(done)} />
      {trouble && <Trouble trouble={trouble} />}
    </div>
  );
}

function Trouble({ trouble: { trouble, until } }: { trouble: NonNullable<OpenFile["trouble"]> }) {
  const seconds = useSecondsUntil(until);
  return (
    <div className="said" role={until === null ? "alert" : "status"} data-tone={until === null ? "bad" : "warn"}>
      <p>{until === null ? troubleText(trouble) : texts.import.waits(trouble)}</p>
      {seconds !== null && <p aria-hidden="true">{texts.import.triesIn(seconds)}</p>}
      {trouble.kind === "unauthenticated" && (
        <a href="/login/" target="_blank" rel="noreferrer">
          {texts.problem.signIn}
        </a>
      )}
    </div>
  );
}

function useSecondsUntil(until: number | null): number | null {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === null) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000));
}
