import { afterEach, expect, it, vi } from "vitest";
import { isTrafficOn, switchTraffic } from "./traffic";

afterEach(() => vi.unstubAllGlobals());

it("switches with the page's CSRF token", async () => {
  const ask = vi.fn(async () => Response.json({ isOn: false }));
  vi.stubGlobal("fetch", ask);

  expect(await switchTraffic(false, { "X-CSRFToken": "t" })).toBe(false);
  const [url, options] = ask.mock.calls[0] as unknown as [string, RequestInit];
  expect([url, options.method, options.headers, String(options.body)]).toEqual(["/demo/traffic/", "POST", { "X-CSRFToken": "t" }, "on=0"]);
});

it("is not there where the server has none, or does not answer", async () => {
  for (const answer of [Response.json({ isOn: null }), new Response("", { status: 404 }), new Response("no JSON")]) {
    vi.stubGlobal("fetch", async () => answer);
    expect(await isTrafficOn()).toBeNull();
  }
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  expect(await isTrafficOn()).toBeNull();
});
