/** The signal lab: receivers can be switched, broken and repaired while orders continue. */
import "./lab.css";
import { Link } from "wouter";
import { graphiqlLink } from "../api/graphiql";
import { troubleOf } from "orders-client";
import { InGraphiQL } from "../components/InGraphiQL";
import { Loading, PageHeading, Problem } from "../components/blocks";
import { texts, unreadText } from "../texts";
import { LabEventsDocument, LabStateDocument } from "../api/generatedLab";
import { NO_BACKLOG } from "./state/backlog";
import { Course } from "./course/Course";
import { DeadLetters } from "./DeadLetters";
import { Plugs } from "./Plugs";
import { ReceiverCard } from "./receivers/ReceiverCard";
import { Rules } from "./Rules";
import { ScoreBoard } from "./ScoreBoard";
import { scoreOf } from "./state/score";
import { TrafficControl } from "./TrafficControl";
import { useActions } from "./state/useActions";
import { useEffects, useReceivers, useRights, useStart, useTally } from "./state/useLab";

const OPERATIONS = [
  { name: texts.lab.state, href: graphiqlLink(LabStateDocument, { tools: false }) },
  { name: texts.lab.feed, href: graphiqlLink(LabEventsDocument) },
];

export default function LabPage() {
  const { known, error, again, mayOperate, tools } = useRights();
  return (
    <>
      <PageHeading title={texts.views.lab} lead={texts.lab.lead}>
        {tools && <Link href="/learn/">{texts.learn.link}</Link>}
        <InGraphiQL operations={OPERATIONS} />
      </PageHeading>
      {error ? <Unreadable trouble={error} again={again} /> : known ? <Lab mayOperate={mayOperate} tools={tools} /> : <Loading />}
    </>
  );
}

function Lab({ mayOperate, tools }: { mayOperate: boolean; tools: boolean }) {
  const { state, trouble, refresh, backlogs } = useReceivers(tools);
  const { start, restart } = useStart();
  const effects = useEffects(start, tools);
  const tally = useTally(start);
  const actions = useActions(refresh);
  if (!state) return trouble ? <Unreadable trouble={trouble} again={refresh} /> : <Loading />;
  const letters = state.deliveries.nodes;
  return (
    <div className="lab">
      {!tools && <p className="quiet">{texts.lab.noTools(mayOperate)}</p>}
      {state.lab && mayOperate && <Course seen={{ receivers: state.receivers, plugs: state.lab.plugs, tally, score: effects && scoreOf(effects, tally) }} start={start} actions={actions} />}
      <TrafficControl />
      <ScoreBoard effects={effects} tally={tally} tools={tools} restart={restart} />
      <section aria-labelledby="lab-receivers">
        <h2 id="lab-receivers">{texts.lab.receivers}</h2>
        <ul className="receivers">
          {state.receivers.map((receiver) => (
            <ReceiverCard
              key={receiver.name}
              receiver={receiver}
              backlog={backlogs.get(receiver.name) ?? NO_BACKLOG}
              tool={state.lab?.receivers.find(({ name }) => name === receiver.name)}
              tally={tally}
              start={start}
              actions={mayOperate ? actions : undefined}
            />
          ))}
        </ul>
      </section>
      {letters.length > 0 && <DeadLetters letters={letters} all={state.receivers.reduce((sum, { dead }) => sum + dead, 0)} retry={mayOperate ? actions.retry : undefined} />}
      {state.lab && <Plugs plugs={state.lab.plugs} pull={actions.pullPlug} />}
      <Rules />
    </div>
  );
}

function Unreadable({ trouble, again }: { trouble: unknown; again: () => void }) {
  return (
    <Problem title={texts.lab.failed} reason={unreadText(troubleOf(trouble as Parameters<typeof troubleOf>[0]))}>
      <button type="button" onClick={again}>
        {texts.problem.retry}
      </button>
    </Problem>
  );
}
