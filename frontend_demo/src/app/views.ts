/** The pages of the app. Each is a separate chunk, loaded when it is first opened; Django serves them all (config/pages.py). */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { orReload } from "../loading/orReload";
import { texts } from "../texts";

export interface View {
  readonly path: string;
  /** In the navigation, and in the window's title. */
  readonly name: string;
  readonly Page: LazyExoticComponent<ComponentType>;
  /** There in ./dev up alone, and in the navigation of its open demo. */
  readonly inDemoOnly?: true;
  /** In the navigation of those who have one of these scopes. */
  readonly scopes?: readonly string[];
}

export const VIEWS: readonly View[] = [
  { path: "/", name: texts.views.board, Page: lazy(() => orReload(() => import("../board/Board"))) },
  { path: "/import/", name: texts.views.import, Page: lazy(() => orReload(() => import("../import/ImportPage"))) },
  { path: "/lab/", name: texts.views.lab, Page: lazy(() => orReload(() => import("../lab/LabPage"))) },
  { path: "/settings/", name: texts.views.settings, Page: lazy(() => orReload(() => import("../settings/SettingsPage"))), scopes: ["admin", "receivers:write"] },
  { path: "/learn/", name: texts.views.learn, Page: lazy(() => orReload(() => import("../learn/LearnPage"))), inDemoOnly: true },
];

/** Whether the navigation has the page for this caller; undefined until the caller is known. */
export function isOffered({ inDemoOnly, scopes }: View, viewer: { readonly isDemo: boolean; readonly scopes: readonly string[] } | undefined): boolean {
  if (inDemoOnly && !viewer?.isDemo) return false;
  return scopes === undefined || scopes.some((scope) => viewer?.scopes.includes(scope));
}
