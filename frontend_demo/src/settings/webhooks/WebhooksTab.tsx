/** Webhook endpoints: where the tenant's events are sent, and how that went. */
import { useState } from "react";
import { useQuery } from "urql";
import type { EndpointCardFragment } from "../../api/generated";
import { Nothing } from "../../components/blocks";
import { settingsTexts } from "../../texts/settings";
import { WebhooksDocument } from "../../api/generatedSettings";
import { Endpoint } from "./Endpoint";
import { EndpointForm } from "./EndpointForm";
import { Secret, waiting } from "../parts/parts";

const words = settingsTexts.webhooks;

export function WebhooksTab() {
  const [{ data, error }, ask] = useQuery({ query: WebhooksDocument, requestPolicy: "network-only" });
  const [form, setForm] = useState<EndpointCardFragment | "new">();
  const [secret, setSecret] = useState<string>();
  const endpoints = data?.webhookEndpoints;
  return (
    <>
      <div className="tab-heading">
        <p className="quiet">{words.lead}</p>
        <button type="button" className="primary" onClick={() => setForm("new")}>
          {words.create}
        </button>
      </div>
      {waiting(data, error, ask)}
      {endpoints?.length === 0 && <Nothing title={words.none}>{words.noneHint}</Nothing>}
      {endpoints && (
        <ul className="endpoints">
          {endpoints.map((endpoint) => (
            <Endpoint key={endpoint.id} endpoint={endpoint} edit={() => setForm(endpoint)} changed={ask} showSecret={setSecret} />
          ))}
        </ul>
      )}
      {form && (
        <EndpointForm
          endpoint={form === "new" ? undefined : form}
          close={() => setForm(undefined)}
          saved={(made) => {
            setForm(undefined);
            setSecret(made);
            ask();
          }}
        />
      )}
      {secret !== undefined && <Secret title={words.secret} explanation={words.secretHint} text={secret} close={() => setSecret(undefined)} />}
    </>
  );
}
