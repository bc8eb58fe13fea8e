import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { onWake } from "./wake.ts";

/** A window whose tab the test shows and hides. */
function fakePage() {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  return Object.assign(new EventTarget(), { document });
}

function listening() {
  const page = fakePage();
  const woken = vi.fn();
  const stop = onWake(woken, page as unknown as Window);
  const turn = (state: string) => {
    page.document.visibilityState = state;
    page.document.dispatchEvent(new Event("visibilitychange"));
  };
  return { page, woken, stop, turn };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("reports that the tab is shown again, and that it did not sleep", () => {
  const { woken, turn } = listening();
  turn("hidden");
  vi.advanceTimersByTime(60_000);
  turn("visible");

  expect(woken.mock.calls).toEqual([[0]]);
});

it("reports a sleep in which no timer ran", () => {
  const { woken, turn } = listening();
  turn("hidden");
  vi.setSystemTime(Date.now() + 3_600_000);
  turn("visible");

  expect(woken.mock.calls[0]?.[0]).toBeGreaterThan(3_590_000);
});

it("notices by its own timer that the machine has slept with the tab visible", () => {
  const { woken } = listening();
  vi.setSystemTime(Date.now() + 600_000);
  vi.advanceTimersByTime(2_000);

  expect(woken.mock.calls[0]?.[0]).toBeGreaterThan(590_000);
});

it("reports that the network is back, and that the browser had frozen the page", () => {
  const { page, woken } = listening();
  page.dispatchEvent(new Event("online"));
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));

  expect(woken.mock.calls).toEqual([[0], [Infinity]]);
});

it("is silent once it is stopped", () => {
  const { page, woken, stop, turn } = listening();
  stop();
  turn("visible");
  page.dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(60_000);

  expect(woken).not.toHaveBeenCalled();
});
