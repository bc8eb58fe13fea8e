/** The code of a page or a dialog. A browser keeps that a module was lost, so after a network error, or a new version, the whole page is loaded again. */
import { texts } from "../texts";

const AGAIN_MS = 1_000;
const KEY = "reloaded-at";
/** A second failure within this time is no matter of the network. */
const SOON_MS = 20_000;

export interface Ports {
  /** Whether the server answers. */
  readonly answers: () => Promise<boolean>;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly reload: () => void;
  /** What the user writes would be lost. */
  readonly isWriting: () => boolean;
  readonly kept: Pick<Storage, "getItem" | "setItem">;
  readonly now: () => number;
}

/** The browser's; read when they are needed, because tests have no window. */
const browser = (): Ports => ({
  answers: () => fetch("/livez", { cache: "no-store" }).then(({ ok }) => ok).catch(() => false),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  reload: () => window.location.reload(),
  isWriting: () => document.querySelector("dialog[open] form") !== null,
  kept: window.sessionStorage,
  now: Date.now,
});

/** Never settles if the page is loaded again; raises an error that a person can read if that has not helped. */
export async function orReload<T>(load: () => Promise<T>, ports?: Ports): Promise<T> {
  try {
    return await load();
  } catch {
    const { answers, wait, reload, isWriting, kept, now } = ports ?? browser();
    while (isWriting() || !(await answers())) await wait(AGAIN_MS);
    if (now() - Number(kept.getItem(KEY)) < SOON_MS) throw new Error(texts.problem.notLoaded);
    kept.setItem(KEY, String(now()));
    reload();
    return new Promise(() => {});
  }
}
