/** Ways to open a file: dropped, chosen, or its text pasted. */
import { type ClipboardEvent, useState } from "react";
import { texts } from "../texts";
import { importer } from "./sending/server";
import sampleUrl from "./sample.csv?url&no-inline";
import { take } from "./useDrop";

export function Choose({ problem, over }: { problem: string | null; over: boolean }) {
  return (
    <>
      {problem !== null && (
        <div className="panel problem" role="alert">
          <h2>{texts.import.unreadable}</h2>
          <p>{problem}</p>
        </div>
      )}
      <Drop over={over} />
      <div className="import-ways">
        <Paste />
        <Formats />
      </div>
    </>
  );
}

function Drop({ over }: { over: boolean }) {
  return (
    <div className="drop" data-over={over}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 15V4m0 0L8 8m4-4 4 4M4 15v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3" />
      </svg>
      <p className="drop-what">{texts.import.drop}</p>
      <label className="button primary">
        {texts.import.choose}
        <input
          className="unseen"
          type="file"
          accept=".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values"
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            if (file) void take(file);
            target.value = ""; // the same file may be chosen again
          }}
        />
      </label>
      <p className="quiet">{texts.import.safe}</p>
    </div>
  );
}

/** Pasted rows are read immediately; typed ones when the user is done. */
function Paste() {
  const [text, setText] = useState("");
  const read = (rows: string) => void importer.open(texts.import.pastedName, new TextEncoder().encode(rows), "utf-8");
  const pasted = (event: ClipboardEvent) => {
    const rows = event.clipboardData.getData("text/plain");
    if (text || !rows.includes("\n")) return;
    event.preventDefault();
    read(rows);
  };
  return (
    <section className="panel">
      <h2>
        <label htmlFor="import-paste">{texts.import.paste}</label>
      </h2>
      <textarea id="import-paste" rows={5} spellCheck={false} placeholder={texts.import.pasteHint} value={text} onPaste={pasted} onChange={({ target }) => setText(target.value)} />
      {text && (
        <button type="button" onClick={() => read(text)}>
          {texts.import.readPasted}
        </button>
      )}
    </section>
  );
}

function Formats() {
  return (
    <section className="panel">
      <h2>{texts.import.formats}</h2>
      <dl className="formats">
        {texts.import.formatList.map(([name, what]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <a className="button" href={sampleUrl} download="orders-sample.csv">
        {texts.import.sample}
      </a>
    </section>
  );
}
