/** The log of attempts to reach an endpoint. */
import type { AttemptRowFragment } from "../../api/generated";
import { duration } from "../../format/duration";
import { exact } from "../../format/format";
import { settingsTexts } from "../../texts/settings";
import { ResendWebhookDocument, WebhookAttemptsDocument } from "../../api/generatedSettings";
import { More, waiting } from "../parts/parts";
import { usePaged } from "../parts/usePaged";
import { useAct } from "../parts/useSend";

const words = settingsTexts.webhooks;

export const outcomeOf = ({ outcome, statusCode, error }: AttemptRowFragment): string => [words.outcome[outcome], statusCode ?? "", error ?? ""].filter((part) => part !== "").join(" · ");

export function Attempts({ endpointId }: { endpointId: string }) {
  const { rows, error, more, refresh } = usePaged(WebhookAttemptsDocument, { id: endpointId }, ({ node }) => (node && "attempts" in node ? node.attempts : { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } }));
  const act = useAct(refresh);
  return (
    <>
      <p>
        <button type="button" onClick={refresh}>
          {words.reload}
        </button>
      </p>
      {waiting(rows, error, refresh) ??
        (rows?.length ? (
          <ol className="attempts">
            {rows.map((attempt) => (
              <li key={`${attempt.startedAt} ${attempt.deliveryId}`}>
                <Attempt attempt={attempt} resend={(id) => void act(ResendWebhookDocument, { id }, words.resentOne)} />
              </li>
            ))}
          </ol>
        ) : (
          <p className="quiet">{words.noAttempts}</p>
        ))}
      <More more={more} />
    </>
  );
}

function Attempt({ attempt, resend }: { attempt: AttemptRowFragment; resend: (id: string) => void }) {
  const { deliveryId, startedAt, durationSeconds, outcome, answer } = attempt;
  return (
    <>
      <div className="attempt">
        <span className="badge" data-tone={outcome === "DELIVERED" ? "good" : "bad"}>
          {outcomeOf(attempt)}
        </span>
        <span className="quiet">
          {exact(startedAt)} · {duration(durationSeconds * 1_000)}
        </span>
        {deliveryId === null ? (
          <span className="quiet">{words.isTest}</span>
        ) : (
          <button type="button" aria-label={words.resendOf(exact(startedAt))} onClick={() => resend(deliveryId)}>
            {words.resend}
          </button>
        )}
      </div>
      {answer && <pre className="code">{answer}</pre>}
    </>
  );
}
