/** Who is signed in, at which tenant; switches the tenant and signs out. Server forms do both, so that every request follows. The language, too. */
import "./account.css";
import { useEffect, useId } from "react";
import { csrfToken } from "orders-client";
import type { ViewerQuery } from "../api/generated";
import { useViewer } from "../api/viewer";
import { texts } from "../texts";
import { LanguageSwitch } from "./LanguageSwitch";

type Viewer = ViewerQuery["viewer"];

export function Account() {
  const { viewer, fetching } = useViewer();
  const id = useId();
  useTenantOfOtherTabs(viewer?.tenant.slug);
  const acting = viewer ? texts.actingAs(nameOf(viewer.actor), viewer.tenant.name) : fetching ? "" : texts.account.signedOut;
  return (
    <>
      <button type="button" className="account" popoverTarget={id} aria-label={texts.account.open(acting)}>
        <Person />
        <span className="acting">{acting}</span>
      </button>
      <div id={id} popover="auto" className="account-menu panel">
        {viewer ? <Menu viewer={viewer} /> : <a href="/login/">{texts.problem.signIn}</a>}
        <p>
          <LanguageSwitch />
        </p>
      </div>
    </>
  );
}

/** A person's name, without the mark that tells people from tokens. */
const nameOf = (actor: string) => actor.replace(/^user:/, "");

function Menu({ viewer: { actor, isDemo, tenant, tenants } }: { viewer: Viewer }) {
  return (
    <>
      <p>
        {texts.account.who} <strong>{nameOf(actor)}</strong>
      </p>
      <p>
        {texts.account.where} <strong>{tenant.name}</strong>
      </p>
      {tenants
        .filter(({ slug }) => slug !== tenant.slug)
        .map(({ slug, name }) => (
          <form key={slug} method="post" action="/tenant/">
            <Csrf />
            <button name="tenant" value={slug}>
              {texts.account.switchTo(name)}
            </button>
          </form>
        ))}
      {isDemo ? (
        <>
          <p className="quiet">{texts.account.demo}</p>
          <a href="/login/">{texts.problem.signIn}</a>
        </>
      ) : (
        <form method="post" action="/logout/">
          <Csrf />
          <button>{texts.account.signOut}</button>
        </form>
      )}
    </>
  );
}

function Csrf() {
  return <input type="hidden" name="csrfmiddlewaretoken" value={csrfToken() ?? ""} />;
}

/** A browser has one session: after a switch in one tab, the others load again. */
function useTenantOfOtherTabs(slug: string | undefined) {
  useEffect(() => {
    if (slug === undefined) return;
    const channel = new BroadcastChannel("tenant");
    channel.onmessage = ({ data }) => data !== slug && window.location.reload();
    channel.postMessage(slug);
    return () => channel.close();
  }, [slug]);
}

function Person() {
  return (
    <svg className="person" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M3.5 21a8.5 8.5 0 0 1 17 0" />
    </svg>
  );
}
