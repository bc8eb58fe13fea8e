/** The pages of the app. Each is a separate chunk, loaded when it is first opened; Django serves them all (config/pages.py). */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { texts } from "../texts";

export interface View {
  readonly path: string;
  /** In the navigation, and in the window's title. */
  readonly name: string;
  readonly Page: LazyExoticComponent<ComponentType>;
  /** Not in the navigation: it is there in ./dev up alone, and the lab leads to it. */
  readonly aside?: true;
}

export const VIEWS: readonly View[] = [
  { path: "/", name: texts.views.board, Page: lazy(() => import("../board/Board")) },
  { path: "/import/", name: texts.views.import, Page: lazy(() => import("../import/ImportPage")) },
  { path: "/lab/", name: texts.views.lab, Page: lazy(() => import("../lab/LabPage")) },
  { path: "/learn/", name: texts.learn.title, Page: lazy(() => import("../learn/LearnPage")), aside: true },
];
