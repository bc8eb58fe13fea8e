/** The settings of a tenant, for its admins: one address, with a tab for each kind of thing. */
import "./settings.css";
import { type ComponentType, useEffect } from "react";
import { troubleOf } from "orders-client";
import { useQuery } from "urql";
import { Link, useSearchParams } from "wouter";
import { ViewerDocument, type ViewerQuery } from "../api/generated";
import { LabStateDocument } from "../api/generatedLab";
import { graphiqlLink } from "../api/graphiql";
import { InGraphiQL } from "../components/InGraphiQL";
import { inSight } from "../browser/inSight";
import { Loading, Nothing, PageHeading } from "../components/blocks";
import { texts } from "../texts";
import { settingsTexts } from "../texts/settings";
import { MembersDocument, SchemaUsesDocument, TokensDocument, WebhooksDocument } from "../api/generatedSettings";
import { MembersTab } from "./MembersTab";
import { waiting } from "./parts/parts";
import { ReceiversTab } from "./ReceiversTab";
import { TokensTab } from "./tokens/TokensTab";
import { UsageTab } from "./UsageTab";
import { WebhooksTab } from "./webhooks/WebhooksTab";

type TabName = keyof typeof settingsTexts.tabs;
export type Viewer = ViewerQuery["viewer"];

interface Tab {
  readonly name: TabName;
  readonly scope: string;
  readonly Content: ComponentType<{ viewer: Viewer }>;
  readonly href: string;
}

const TABS: readonly Tab[] = [
  { name: "tokens", scope: "admin", Content: TokensTab, href: graphiqlLink(TokensDocument, {}) },
  { name: "webhooks", scope: "admin", Content: WebhooksTab, href: graphiqlLink(WebhooksDocument, {}) },
  { name: "members", scope: "admin", Content: MembersTab, href: graphiqlLink(MembersDocument, {}) },
  { name: "receivers", scope: "receivers:write", Content: ReceiversTab, href: graphiqlLink(LabStateDocument, { tools: false }) },
  { name: "usage", scope: "admin", Content: UsageTab, href: graphiqlLink(SchemaUsesDocument, { deprecatedOnly: true }) },
];

export default function SettingsPage() {
  const [{ data, error }, ask] = useQuery({ query: ViewerDocument });
  const trouble = error && troubleOf(error);
  const isAnonymous = trouble?.kind === "unauthenticated";
  useEffect(() => {
    if (isAnonymous) window.location.replace(`/login/?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  }, [isAnonymous]);
  if (data) return <Settings viewer={data.viewer} />;
  return isAnonymous ? <Loading /> : waiting(data, error, () => ask({ requestPolicy: "network-only" }));
}

function Settings({ viewer }: { viewer: Viewer }) {
  const [parameters] = useSearchParams();
  const mine = TABS.filter(({ scope }) => viewer.scopes.includes(scope));
  const shown = mine.find(({ name }) => name === parameters.get("tab")) ?? mine[0];
  if (!shown)
    return (
      <>
        <PageHeading title={texts.views.settings} />
        <Nothing title={settingsTexts.notYours}>{settingsTexts.askAdmin(viewer.tenant.name)}</Nothing>
      </>
    );
  const { Content } = shown;
  return (
    <div className="centred">
      <PageHeading title={texts.views.settings} lead={settingsTexts.lead(viewer.tenant.name)}>
        <InGraphiQL operations={[{ name: settingsTexts.query, href: shown.href }]} />
      </PageHeading>
      <nav className="tabs fades" aria-label={settingsTexts.sections}>
        {mine.map(({ name }) => (
          <Link key={name} ref={name === shown.name ? inSight : null} href={`/settings/?tab=${name}`} aria-current={name === shown.name ? "page" : undefined}>
            {settingsTexts.tabs[name]}
          </Link>
        ))}
      </nav>
      <section className="settings" aria-label={settingsTexts.tabs[shown.name]}>
        <Content viewer={viewer} />
      </section>
    </div>
  );
}
