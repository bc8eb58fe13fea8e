/** The lab's course: each step is predicted, done, observed and explained; the last one leads to the guide. */
import "./course.css";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { toast } from "../../components/toasts";
import { Explained } from "../../learn/Explained";
import { Runs } from "../../learn/Runs";
import { course } from "../../texts/course";
import { type Act, type Done, STEPS, type Seen, type Step, observed } from "./course";
import type { Actions } from "../state/useActions";
import { usePlacing } from "../state/usePlacing";

interface Props {
  readonly seen: Seen;
  readonly start: string | undefined;
  readonly actions: Actions;
}

const PLUG_SECONDS = 10;

export function Course(props: Props) {
  const [place, setPlace] = useState(0);
  const step = STEPS[place];
  return (
    <section className="panel course" aria-labelledby="lab-course">
      <h2 id="lab-course">{course.title}</h2>
      <p className="quiet">{course.lead(STEPS.length)}</p>
      {step ? (
        <OneStep key={step.name} step={step} place={place} go={setPlace} {...props} />
      ) : (
        <div className="part">
          <p>{course.ends}</p>
          <p className="actions">
            <Link className="button primary" href="/learn/?chapter=1">
              {course.toGuide}
            </Link>
            <button type="button" onClick={() => setPlace(0)}>
              {course.again}
            </button>
          </p>
        </div>
      )}
    </section>
  );
}

function OneStep({ step, place, go, seen, start, actions }: Props & { step: Step; place: number; go: (place: number) => void }) {
  const said = course.step[step.name];
  const [choice, setChoice] = useState<number>();
  const [done, setDone] = useState<Done>({ accepted: 0, acts: [], before: seen });
  const [facts, setFacts] = useState(0);
  const placeOne = usePlacing();
  useEffect(() => setFacts((already) => observed(step, already, seen, done)), [step, seen, done]);
  const act = async (one: Act, index: number) => {
    if (one.kind === "place") {
      const answers = await Promise.all(Array.from({ length: one.orders }, placeOne));
      const accepted = answers.filter(Boolean).length;
      toast(accepted === one.orders ? course.placed(accepted) : course.refused(one.orders - accepted), accepted === one.orders ? "good" : "bad", { href: "/" });
      setDone((before) => ({ ...before, accepted: before.accepted + accepted }));
    } else await perform(one, actions, start);
    setDone((before) => ({ ...before, acts: [...new Set([...before.acts, index])] }));
  };
  const isPredicted = choice !== undefined;
  const isObserved = facts === step.facts.length;
  return (
    <>
      <h3>
        {said.title} <span className="badge">{course.place(place + 1, STEPS.length)}</span>
      </h3>
      <div className="part" role="radiogroup" aria-labelledby="lab-predict">
        <h4 id="lab-predict">{course.predict}</h4>
        <p>{said.question}</p>
        {said.choices.map((one, index) => (
          <label key={one}>
            <input type="radio" name={`predict-${step.name}`} checked={choice === index} disabled={isObserved} onChange={() => setChoice(index)} />
            {one}
          </label>
        ))}
      </div>
      <div className="part">
        <h4>{course.act}</h4>
        <div className="actions">
          {step.acts.map((one, index) => (
            <button key={said.acts[index]} type="button" aria-disabled={!isPredicted} onClick={() => isPredicted && void act(one, index)}>
              {`${index + 1}. ${said.acts[index]}`}
            </button>
          ))}
        </div>
        {!isPredicted && <p className="quiet">{course.predictFirst}</p>}
      </div>
      <div className="part">
        <h4>{course.observe}</h4>
        <ol className="facts">
          {said.facts.map((one, index) => (
            <li key={one} data-observed={index < facts}>
              {one} <span className="badge" data-tone={index < facts ? "good" : undefined}>{index < facts ? course.isObserved : course.isAwaited}</span>
            </li>
          ))}
        </ol>
      </div>
      {isObserved && choice !== undefined && <Why step={step} choice={choice} />}
      <p className="actions">
        <button type="button" disabled={place === 0} onClick={() => go(place - 1)}>
          {course.back}
        </button>
        <button type="button" className={isObserved ? "primary" : ""} onClick={() => go(place + 1)}>
          {course.next}
        </button>
      </p>
    </>
  );
}

function Why({ step, choice }: { step: Step; choice: number }) {
  const said = course.step[step.name];
  const isRight = choice === step.right;
  return (
    <div className="part" role="status">
      <h4>{course.explain}</h4>
      <p className="said" data-tone={isRight ? "good" : "warn"}>
        {isRight ? course.right : course.wrong(said.choices[choice] ?? "")}
      </p>
      <Explained>{said.why}</Explained>
      <p className="actions">
        <a href={`#receiver-${step.receiver}`}>{course.code}</a>
        <Link href={`/learn/?chapter=${step.chapter}`}>{course.chapter(step.chapter)}</Link>
      </p>
      <details>
        <summary>{course.plain}</summary>
        <p className="quiet">{course.plainHint}</p>
        <Runs chapter={step.chapter} />
      </details>
    </div>
  );
}

/** Does what is not placing orders. */
async function perform(act: Exclude<Act, { kind: "place" }>, actions: Actions, start: string | undefined): Promise<void> {
  if (act.kind === "switch") await actions.switchReceiver(act.receiver, act.on);
  else if (act.kind === "break") await actions.breakReceiver(act.receiver, "ALWAYS", 1);
  else if (act.kind === "repair") await actions.repairReceiver(act.receiver);
  else if (act.kind === "retry") await actions.retryAll(act.receiver);
  else if (act.kind === "pull") await actions.pullPlug(act.plug, PLUG_SECONDS);
  else if (start !== undefined) await actions.replay(act.receiver, start);
}
