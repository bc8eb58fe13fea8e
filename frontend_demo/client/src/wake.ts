/** Reports when the page comes back: its tab is shown, the network is back, the machine has slept, the browser froze it. */

const TICK_MS = 2_000;

/** Calls with the time that the page was away, as far as its clock knows; returns a function that stops. */
export function onWake(woken: (asleepMs: number) => void, page: Window = window): () => void {
  let last = Date.now();
  /** Timers of hidden tabs and sleeping machines stop: a gap between two ticks was sleep. */
  const slept = () => {
    const gap = Date.now() - last - TICK_MS;
    last = Date.now();
    return Math.max(0, gap);
  };
  const timer = setInterval(() => {
    const ms = slept();
    if (ms > TICK_MS && page.document.visibilityState === "visible") woken(ms);
  }, TICK_MS);
  const seen = () => page.document.visibilityState === "visible" && woken(slept());
  const back = () => woken(slept());
  const restored = (event: PageTransitionEvent) => event.persisted && woken(Infinity);
  page.document.addEventListener("visibilitychange", seen);
  page.document.addEventListener("resume", back); // it was frozen: Page Lifecycle
  page.addEventListener("online", back);
  page.addEventListener("pageshow", restored);
  return () => {
    clearInterval(timer);
    page.document.removeEventListener("visibilitychange", seen);
    page.document.removeEventListener("resume", back);
    page.removeEventListener("online", back);
    page.removeEventListener("pageshow", restored);
  };
}
