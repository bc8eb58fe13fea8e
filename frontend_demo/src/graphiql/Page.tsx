import { GraphiQL } from "graphiql";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useSyncExternalStore } from "react";
import { graphiqlTexts as texts } from "../texts/en/graphiql";
import { Background } from "./background";
import { createFetcher, type Result } from "./fetcher";
import { PublishedOnly } from "./PublishedOnly";
import { TABS, type Tab } from "./tabs";
import { Trust } from "./trust";

const background = new Background<Result>();
const trust = new Trust();
const fetcher = createFetcher(background, trust);

interface Tabs {
  readonly tabs: readonly { readonly id: string }[];
  readonly activeTabIndex: number;
}

/** GraphiQL reports a change of tab in the same step in which it stops the tab's subscription. */
function look({ tabs, activeTabIndex }: Tabs) {
  background.look(tabs.map(({ id }) => id), tabs[activeTabIndex]?.id ?? "");
}

export function Page({ linked }: { linked: Tab | undefined }) {
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={linked ? [linked, ...TABS] : [...TABS]}
      defaultEditorToolsVisibility="variables"
      onTabChange={look}
      {...(linked && { initialQuery: linked.query, initialVariables: linked.variables ?? "" })}
    >
      <GraphiQL.Logo>
        <nav className="home" aria-label={texts.siteNavigation}>
          <a href="/">{texts.home}</a>
          <a href="/api/docs/">{texts.restDocs}</a>
        </nav>
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <PublishedOnly trust={trust} />
        <BackgroundNote />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

/** Shows which subscriptions continue behind the visible tab. */
function BackgroundNote() {
  const { run } = useGraphiQLActions();
  const tabs = useGraphiQL(({ tabs, activeTabIndex }) => ({ tabs, activeTabIndex }));
  const running = useSyncExternalStore(background.onChange, background.running);

  useEffect(() => {
    background.resume = () => void run();
    look(tabs);
    // Once: from here on GraphiQL reports changes.
  }, []);

  return (
    <div className="background" role="status">
      {running.map(({ title, received }, index) => (
        <p key={index}>{texts.goesOn(title, received)}</p>
      ))}
    </div>
  );
}
