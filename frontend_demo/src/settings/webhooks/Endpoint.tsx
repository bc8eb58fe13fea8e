import { useState } from "react";
import type { EndpointCardFragment } from "../../api/generated";
import { serverNow } from "../../api/serverClock";
import { Switch } from "../../components/Switch";
import { exact } from "../../format/format";
import { toast } from "../../components/toasts";
import { texts } from "../../texts";
import { settingsTexts } from "../../texts/settings";
import { DeleteWebhookDocument, TestWebhookDocument, UpdateWebhookDocument } from "../../api/generatedSettings";
import { Attempts, outcomeOf } from "./Attempts";
import { ResendSince, Rotate } from "./EndpointDialogs";
import { Confirm } from "../parts/parts";
import { useAct } from "../parts/useSend";

const words = settingsTexts.webhooks;

interface Props {
  readonly endpoint: EndpointCardFragment;
  readonly edit: () => void;
  readonly changed: () => void;
  readonly showSecret: (secret: string) => void;
}

export function Endpoint({ endpoint, edit, changed, showSecret }: Props) {
  const { id, url, enabled } = endpoint;
  const act = useAct(changed);
  const [asking, setAsking] = useState<"rotate" | "resend" | "remove">();
  const [round, setRound] = useState(0); // counts what the log has to be read again for
  const [isOpen, setIsOpen] = useState(false);
  const [testing, setTesting] = useState(false);
  const close = () => setAsking(undefined);
  const test = async () => {
    setTesting(true);
    const attempt = (await act(TestWebhookDocument, { id }, words.tested))?.testWebhookEndpoint.attempt;
    setTesting(false);
    if (attempt && attempt.outcome !== "DELIVERED") toast(outcomeOf(attempt), "bad");
    setRound((count) => count + 1);
  };
  return (
    <li className="panel endpoint" data-endpoint={url}>
      <div className="endpoint-heading">
        <h2 className="number">{url}</h2>
        <Switch isOn={enabled} label={words.switchOf(url)} change={(on) => void act(UpdateWebhookDocument, { input: { id, enabled: on } }, words.switched(on))} />
      </div>
      <Facts endpoint={endpoint} />
      <div className="actions">
        <button type="button" aria-disabled={testing} onClick={() => testing || void test()}>
          {testing ? settingsTexts.sending : words.test}
        </button>
        <button type="button" onClick={() => setAsking("resend")}>
          {words.resendSince}
        </button>
        <button type="button" onClick={() => setAsking("rotate")}>
          {words.rotate}
        </button>
        <button type="button" onClick={edit}>
          {words.edit}
        </button>
        <button type="button" className="danger" onClick={() => setAsking("remove")}>
          {words.remove}
        </button>
      </div>
      <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
        <summary>{words.log}</summary>
        {isOpen && <Attempts key={round} endpointId={id} />}
      </details>
      {asking === "rotate" && (
        <Rotate
          endpoint={endpoint}
          close={close}
          rotated={(secret) => {
            close();
            changed();
            showSecret(secret);
          }}
        />
      )}
      {asking === "resend" && (
        <ResendSince
          endpoint={endpoint}
          close={() => {
            close();
            setRound((count) => count + 1);
          }}
        />
      )}
      {asking === "remove" && <Confirm title={words.removeTitle} warning={words.removeWarning(url)} button={words.remove} close={close} confirm={() => void act(DeleteWebhookDocument, { id }, words.removed)} />}
    </li>
  );
}

function Facts({ endpoint: { description, eventTypes, where, document, disabledReason, previousSecretUntil } }: { endpoint: EndpointCardFragment }) {
  return (
    <>
      {description && <p>{description}</p>}
      {disabledReason && (
        <p className="said" data-tone="bad">
          {words.disabledBy(disabledReason)}
        </p>
      )}
      <p className="quiet">
        {words.sends(eventTypes?.map((type) => texts.eventType[type]).join(", "))} {document ? words.shaped : words.cloudEvent}
      </p>
      {where != null && <pre className="code">{JSON.stringify(where)}</pre>}
      {previousSecretUntil && Date.parse(previousSecretUntil) > serverNow() && <p className="quiet">{words.overlap(exact(previousSecretUntil))}</p>}
    </>
  );
}
