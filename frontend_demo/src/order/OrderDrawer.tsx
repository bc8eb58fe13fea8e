/** One order's life: its data, its transitions, its events, and their effects. */
import "./order.css";
import { OrderLifeDocument } from "../api/generated";
import { graphiqlLink } from "../api/graphiql";
import { troubleOf } from "orders-client";
import { InGraphiQL } from "../components/InGraphiQL";
import { Loading, Nothing, Problem } from "../components/blocks";
import { MoveButtons } from "../move/MoveButtons";
import { texts, unreadText } from "../texts";
import { AuditTrail } from "./AuditTrail";
import { Because } from "./life/Because";
import { ChangeButtons } from "./change/ChangeButtons";
import { History } from "./History";
import { Lines } from "./Lines";
import { Summary } from "./Summary";
import { type Life, useOrderLife } from "./life/useOrderLife";

export default function OrderDrawer({ number }: { number: string }) {
  const { life, trouble, refresh, hasTrail, mayRepair } = useOrderLife(number);
  if (life === null) return <Nothing title={texts.order.unknown}>{texts.order.unknownHint(number)}</Nothing>;
  if (life === undefined && trouble) return <Failed trouble={trouble} again={refresh} />;
  if (life === undefined) return <Loading />;
  return (
    <div className="life">
      <Summary life={life} />
      <div className="life-actions">
        <MoveButtons order={life} />
        <ChangeButtons life={life} />
      </div>
      <Because life={life} mayRepair={mayRepair} changed={refresh} />
      <Lines life={life} />
      <History events={life.events.nodes} />
      <AuditTrail records={life.auditRecords?.nodes} hasTrail={hasTrail} />
      <Metadata metadata={life.metadata} />
      <InGraphiQL operations={[{ name: texts.order.thisPage, href: graphiqlLink(OrderLifeDocument, { number, trail: hasTrail }) }]} />
    </div>
  );
}

function Failed({ trouble, again }: { trouble: unknown; again: () => void }) {
  return (
    <Problem title={texts.order.failed} reason={unreadText(troubleOf(trouble as Parameters<typeof troubleOf>[0]))}>
      <button type="button" onClick={again}>
        {texts.problem.retry}
      </button>
    </Problem>
  );
}

function Metadata({ metadata }: { metadata: Life["metadata"] }) {
  if (!metadata || !Object.keys(metadata).length) return null;
  return (
    <section aria-labelledby="life-metadata">
      <h3 id="life-metadata">{texts.order.metadata}</h3>
      <pre className="code" tabIndex={0}>
        {JSON.stringify(metadata, null, 2)}
      </pre>
    </section>
  );
}
