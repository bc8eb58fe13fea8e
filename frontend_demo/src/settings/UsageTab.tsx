/** What clients use of the schema, deprecated parts above all. */
import { useState } from "react";
import { serverNow } from "../api/serverClock";
import { ago } from "../format/format";
import { Nothing } from "../components/blocks";
import { settingsTexts } from "../texts/settings";
import { whole } from "../format/numbers";
import { SchemaUsesDocument } from "../api/generatedSettings";
import { More, waiting } from "./parts/parts";
import { usePaged } from "./parts/usePaged";

const words = settingsTexts.usage;

export function UsageTab() {
  const [deprecatedOnly, setDeprecatedOnly] = useState(true);
  const { rows, error, more, refresh } = usePaged(SchemaUsesDocument, { deprecatedOnly }, (data) => data.schemaUses);
  const clients = new Set(rows?.map(({ client }) => client ?? ""));
  return (
    <>
      <div className="tab-heading">
        <p className="quiet">{words.lead}</p>
        <label className="check">
          <input type="checkbox" checked={deprecatedOnly} onChange={({ target }) => setDeprecatedOnly(target.checked)} />
          {words.deprecatedOnly}
        </label>
      </div>
      {waiting(rows, error, refresh) ?? (rows?.length ? <p>{words.clients(clients.size, more !== undefined)}</p> : <Nothing title={deprecatedOnly ? words.noneDeprecated : words.none}>{deprecatedOnly ? words.noneDeprecatedHint : words.noneHint}</Nothing>)}
      {rows && rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{words.part}</th>
              <th scope="col">{words.client}</th>
              <th scope="col">{words.count}</th>
              <th scope="col">{words.last}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row">
                  <code>{row.coordinate}</code>
                  {row.deprecationReason && <span className="quiet">{row.deprecationReason}</span>}
                </th>
                <td data-label={words.client}>{[row.client ?? words.unnamed, row.clientVersion].filter(Boolean).join(" ")}</td>
                <td data-label={words.count}>{whole(Number(row.count))}</td>
                <td data-label={words.last}>{ago(row.lastUsedAt, serverNow())}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More more={more} />
    </>
  );
}
