/** API tokens: made here, shown once, revoked. */
import { useState } from "react";
import type { TokenRowFragment, ViewerQuery } from "../../api/generated";
import { serverNow } from "../../api/serverClock";
import { ago, exact } from "../../format/format";
import { Nothing } from "../../components/blocks";
import { settingsTexts } from "../../texts/settings";
import { RevokeTokenDocument, TokensDocument } from "../../api/generatedSettings";
import { NewToken } from "./NewToken";
import { Confirm, More, Secret, waiting } from "../parts/parts";
import { useAct } from "../parts/useSend";
import { usePaged } from "../parts/usePaged";

const words = settingsTexts.tokens;

export function TokensTab({ viewer }: { viewer: ViewerQuery["viewer"] }) {
  const { rows, error, more, refresh } = usePaged(TokensDocument, {}, (data) => data.apiTokens);
  const act = useAct(refresh);
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [leaving, setLeaving] = useState<TokenRowFragment>();
  return (
    <>
      <div className="tab-heading">
        <p className="quiet">{words.lead}</p>
        <button type="button" className="primary" onClick={() => setMaking(true)}>
          {words.create}
        </button>
      </div>
      {waiting(rows, error, refresh) ?? (rows?.length ? <Tokens tokens={rows} revoke={setLeaving} /> : <Nothing title={words.none}>{words.noneHint}</Nothing>)}
      <More more={more} />
      {making && (
        <NewToken
          own={viewer.scopes}
          close={() => setMaking(false)}
          made={(text) => {
            setMaking(false);
            setSecret(text);
            refresh();
          }}
        />
      )}
      {secret !== undefined && <Secret title={words.secret} explanation={words.secretHint} text={secret} close={() => setSecret(undefined)} />}
      {leaving && (
        <Confirm
          title={words.revokeTitle(leaving.name)}
          warning={words.revokeWarning}
          button={words.revoke}
          close={() => setLeaving(undefined)}
          confirm={() => void act(RevokeTokenDocument, { id: leaving.id }, words.revoked(leaving.name))}
        />
      )}
    </>
  );
}

function Tokens({ tokens, revoke }: { tokens: readonly TokenRowFragment[]; revoke: (token: TokenRowFragment) => void }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.name}</th>
          <th scope="col">{words.scopes}</th>
          <th scope="col">{words.expires}</th>
          <th scope="col">{words.lastUsed}</th>
          <th scope="col">{words.state}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id} data-token={token.name}>
            <th scope="row">
              {token.name}
              <span className="quiet number">{token.prefix}…</span>
            </th>
            <td data-label={words.scopes}>{token.scopes.map((scope) => words.scope[scope] ?? scope).join(", ")}</td>
            <td data-label={words.expires}>{token.expiresAt ? exact(token.expiresAt) : words.never}</td>
            <td data-label={words.lastUsed}>{token.lastUsedAt ? ago(token.lastUsedAt, serverNow()) : words.unused}</td>
            <td data-label={words.state}>
              <State token={token} />
            </td>
            <td className="row-actions">
              {!token.revokedAt && (
                <button type="button" className="danger" aria-label={words.revokeOne(token.name)} onClick={() => revoke(token)}>
                  {words.revoke}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ token: { revokedAt, expiresAt } }: { token: TokenRowFragment }) {
  if (revokedAt) return <span className="badge">{words.states.revoked}</span>;
  if (expiresAt && Date.parse(expiresAt) <= serverNow()) return <span className="badge">{words.states.expired}</span>;
  return (
    <span className="badge" data-tone="good">
      {words.states.valid}
    </span>
  );
}
