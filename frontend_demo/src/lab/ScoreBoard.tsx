import { texts } from "../texts";
import { type EffectCount, receivedHere, scoreOf } from "./state/score";
import type { Tally } from "./state/tally";

interface Props {
  readonly effects: readonly EffectCount[] | undefined;
  readonly tally: Tally;
  readonly tools: boolean;
  readonly restart: () => void;
}

export function ScoreBoard({ effects, tally, tools, restart }: Props) {
  const score = scoreOf(effects ?? [], tally);
  const isKnown = effects !== undefined || !tools;
  return (
    <section className="panel score" aria-labelledby="lab-score">
      <div className="score-heading">
        <h2 id="lab-score">{texts.lab.score}</h2>
        <button type="button" className="link" onClick={restart}>
          {texts.lab.restart}
        </button>
      </div>
      <dl className="tallies" data-testid="score">
        <Big name={texts.lab.lost} value={isKnown ? score.lost : undefined} tone={score.lost ? "bad" : "good"} />
        <Big name={texts.lab.doubled} value={isKnown ? score.doubled : undefined} tone={score.doubled ? "bad" : "good"} />
        <Big name={texts.lab.waiting} value={isKnown ? score.waiting : undefined} />
        <Big name={texts.lab.dead} value={isKnown ? score.dead : undefined} {...(score.dead && { tone: "warn" })} />
      </dl>
      <details>
        <summary>{texts.lab.effects}</summary>
        <p className="quiet">{texts.lab.scoreHint}</p>
        <EffectTable effects={effects ?? []} tally={tally} />
      </details>
    </section>
  );
}

function Big({ name, value, tone }: { name: string; value: number | undefined; tone?: string }) {
  return (
    <div data-tone={tone}>
      <dt>{name}</dt>
      <dd>{value ?? "…"}</dd>
    </div>
  );
}

const COLUMNS = ["expected", "done", "waiting", "dead", "skipped", "lost", "doubled"] as const;

function EffectTable({ effects, tally }: { effects: readonly EffectCount[]; tally: Tally }) {
  const rows = [...effects.map((effect) => [texts.lab.effect[effect.kind], effect] as const), [texts.lab.onThisPage, receivedHere(effects, tally)] as const];
  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label={texts.lab.effects}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">{texts.lab.columns.effect}</span>
            </th>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {texts.lab.columns[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, counts]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {COLUMNS.map((column) => (
                <td key={column} data-column={column} data-wrong={(column === "lost" || column === "doubled") && counts[column] > 0}>
                  {counts[column]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
