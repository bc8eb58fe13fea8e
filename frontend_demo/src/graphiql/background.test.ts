import { beforeEach, expect, it, vi } from "vitest";
import { Background, type Sink } from "./background";

/** A subscription that the test feeds, and GraphiQL's side of it. */
function setUp() {
  const background = new Background<string>();
  const said: string[] = [];
  let server: Sink<string> | undefined;
  const stopped = vi.fn();
  const start = (sink: Sink<string>) => {
    server = sink;
    return stopped;
  };
  const sink: Sink<string> = {
    next: (result) => said.push(result),
    error: (error) => said.push(`error: ${String(error)}`),
    complete: () => said.push("complete"),
  };
  const run = () => background.open("OrderCreated", start).subscribe(sink);
  background.resume = () => run();
  background.look(["query", "live"], "live");
  return { background, said, stopped, run, send: (result: string) => server?.next(result), server: () => server };
}

const settled = () => vi.runAllTimersAsync();

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

it("ends when the user stops it", async () => {
  const { background, run, stopped } = setUp();
  run().unsubscribe();
  await settled();

  expect(stopped).toHaveBeenCalledOnce();
  expect(background.running()).toEqual([]);
});

it("continues behind another tab, which does not show its events", async () => {
  const { background, run, said, send, stopped } = setUp();
  const shown = run();
  send("first");
  shown.unsubscribe();
  background.look(["query", "live"], "query");
  await settled();
  send("second");

  expect(stopped).not.toHaveBeenCalled();
  expect(said).toEqual(["first"]);
  expect(background.running()).toEqual([{ title: "OrderCreated", received: 2 }]);
});

it("resumes with its last event when its tab is shown", async () => {
  const { background, run, said, send } = setUp();
  run().unsubscribe();
  background.look(["query", "live"], "query");
  await settled();
  send("first");
  send("second");
  background.look(["query", "live"], "live");
  await settled();
  send("third");

  expect(said).toEqual(["second", "third"]);
  expect(background.running()).toEqual([]);
});

it("continues when a new tab is opened, where GraphiQL does not stop it first, and resumes", async () => {
  const { background, run, said, send, stopped } = setUp();
  const shown = run();
  background.look(["query", "live", "new"], "new");
  send("first");
  shown.unsubscribe();
  background.look(["query", "live", "new"], "live");
  await settled();

  expect(stopped).not.toHaveBeenCalled();
  expect(said).toEqual(["first"]);
});

it("ends with its tab", async () => {
  const { background, run, stopped } = setUp();
  run().unsubscribe();
  background.look(["query", "live"], "query");
  await settled();
  background.look(["query"], "query");

  expect(stopped).toHaveBeenCalledOnce();
});

it("reports on return how it ended meanwhile", async () => {
  const { background, run, said, server } = setUp();
  run().unsubscribe();
  background.look(["query", "live"], "query");
  await settled();
  server()?.error("gone");

  expect(background.running()).toEqual([]);
  background.look(["query", "live"], "live");
  await settled();
  expect(said).toEqual(["error: gone"]);
  expect(background.waiting).toBe(false);
});

it("reports immediately when it ends in the visible tab", () => {
  const { run, said, server } = setUp();
  run();
  server()?.complete();

  expect(said).toEqual(["complete"]);
});
