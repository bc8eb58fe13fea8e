/** The guide: its chapters, each with its faults to run. */
import "./learn.css";
import { useState } from "react";
import { Link, useSearch } from "wouter";
import chapters from "virtual:guide";
import { Nothing, PageHeading } from "../components/blocks";
import { texts } from "../texts";
import { keepDone, readDone } from "./progress";
import { Runs } from "./Runs";

export default function LearnPage() {
  const asked = Number(new URLSearchParams(useSearch()).get("chapter") ?? 1);
  const [done, setDone] = useState(readDone);
  const [sought, seek] = useState("");
  const chapter = chapters.find(({ number }) => number === asked);
  const found = chapters.filter(({ title, html }) => `${title} ${html}`.toLowerCase().includes(sought.trim().toLowerCase()));
  const mark = (number: number) => {
    const next = new Set(done);
    if (!next.delete(number)) next.add(number);
    keepDone(next);
    setDone(next);
  };
  return (
    <div className="centred">
      <PageHeading title={texts.learn.title} lead={texts.learn.lead} />
      <div className="learn">
        <nav className="panel" aria-label={texts.learn.chapters}>
          <label>
            {texts.learn.search}
            <input type="search" value={sought} onChange={(event) => seek(event.target.value)} />
          </label>
          <p className="quiet" role="status">
            {texts.learn.progress(done.size, chapters.length)}
          </p>
          <ol>
            {found.map(({ number, title }) => (
              <li key={number}>
                <Link href={`/learn/?chapter=${number}`} aria-current={number === asked ? "page" : undefined}>
                  {`${number}. ${title}`}
                </Link>
                {done.has(number) && <span className="badge">{texts.learn.done}</span>}
              </li>
            ))}
          </ol>
        </nav>
        {chapter ? (
          <article key={chapter.number}>
            <h2>{`${chapter.number}. ${chapter.title}`}</h2>
            <Runs chapter={chapter.number} />
            <div className="text" dangerouslySetInnerHTML={{ __html: chapter.html }} />
            <label className="mark-done">
              <input type="checkbox" checked={done.has(chapter.number)} onChange={() => mark(chapter.number)} />
              {texts.learn.markDone}
            </label>
          </article>
        ) : (
          <Nothing title={texts.learn.none}>{texts.learn.noneHint}</Nothing>
        )}
      </div>
    </div>
  );
}
