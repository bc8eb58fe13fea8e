import { afterEach, expect, it, vi } from "vitest";
import type { Chunk } from "./chunks";
import { Importer, type OpenFile, type Server } from "./importer";
import type { BatchAnswer } from "./outcomes";

const bytes = (count: number) => new TextEncoder().encode(`reference,total\n${Array.from({ length: count }, (_, index) => `A-${index},1\n`).join("")}`);

function server(): Server & { readonly keys: (string | null)[] } {
  const keys: (string | null)[] = [];
  return {
    keys,
    send: ({ drafts }: Chunk, key): Promise<BatchAnswer> => {
      keys.push(key);
      return Promise.resolve({ orders: key === null ? [] : drafts.map(({ reference }) => ({ id: reference, number: reference })), userErrors: [] });
    },
    find: () => Promise.resolve([]),
    wait: () => Promise.resolve(),
    random: () => 0,
  };
}

const open = (importer: Importer) => importer.state() as OpenFile;

afterEach(() => vi.unstubAllGlobals());

it("checks a file on the server, without a key, before anything is placed", async () => {
  const asked = server();
  const importer = new Importer(asked);
  await importer.open("orders.csv", bytes(250));

  expect(asked.keys).toEqual([null, null, null]);
  expect(importer.state()).toMatchObject({ name: "orders.csv", status: "ready", checkedChunks: 3, doneChunks: 0 });
});

it("places a file once, under the same keys whenever it is dropped again", async () => {
  const asked = server();
  const importer = new Importer(asked);
  for (let drop = 0; drop < 2; drop++) {
    await importer.open("orders.csv", bytes(150));
    await importer.start();
    await importer.start(); // it is done
  }
  const [, , first, second, , , ...again] = asked.keys;

  expect(again).toEqual([first, second]);
  expect(open(importer)).toMatchObject({ status: "done", doneChunks: 2 });
  expect(open(importer).outcomes.size).toBe(150);
});

it("can be paused after any portion, and goes on with the next", async () => {
  const asked = server();
  const importer = new Importer(asked);
  await importer.open("orders.csv", bytes(300));
  const listenNoMore = importer.subscribe(() => open(importer).doneChunks === 1 && importer.pause());
  await importer.start();
  listenNoMore();
  expect(open(importer)).toMatchObject({ status: "paused", doneChunks: 1 });

  await importer.start();
  expect(open(importer)).toMatchObject({ status: "done", doneChunks: 3 });
  expect(new Set(asked.keys.slice(3)).size).toBe(3);
  expect(asked.keys).toHaveLength(6);
});

it("counts the portion that was on its way when it was paused", async () => {
  const asked = server();
  const importer = new Importer({ ...asked, send: (chunk, key) => (key && importer.pause(), asked.send(chunk, key)) });
  await importer.open("orders.csv", bytes(200));
  await importer.start();

  expect(open(importer)).toMatchObject({ status: "paused", doneChunks: 1 });
  expect(open(importer).outcomes.size).toBe(100);
});

it("is right when it continues before the portion from before the pause has arrived", async () => {
  const asked = server();
  let answerFirst = () => {};
  const late = new Promise<void>((resolve) => (answerFirst = resolve));
  let first = true;
  const send: Server["send"] = async (chunk, key) => {
    if (key !== null && first) {
      first = false;
      await late;
    }
    return asked.send(chunk, key);
  };
  const importer = new Importer({ ...asked, send });
  await importer.open("orders.csv", bytes(300));
  const before = importer.start();
  importer.pause();
  await importer.start();
  answerFirst();
  await before;

  expect(open(importer)).toMatchObject({ status: "done", doneChunks: 3 });
  expect(open(importer).outcomes.size).toBe(300);
});

it("shows why it is stuck, and continues from there", async () => {
  const asked = server();
  let signedIn = false;
  const importer = new Importer({ ...asked, send: (chunk, key) => (key === null || signedIn ? asked.send(chunk, key) : Promise.resolve({ kind: "unauthenticated" })) });
  await importer.open("orders.csv", bytes(1));
  await importer.start();
  expect(open(importer)).toMatchObject({ status: "stuck", trouble: { trouble: { kind: "unauthenticated" }, until: null } });

  signedIn = true;
  await importer.start();
  expect(open(importer)).toMatchObject({ status: "done", trouble: null });
});

it("can begin while the server still checks, which ends the check", async () => {
  const asked = server();
  const importer = new Importer(asked);
  let begun: Promise<void> | undefined;
  importer.subscribe(() => open(importer).checkedChunks === 1 && (begun ??= importer.start()));
  await importer.open("orders.csv", bytes(300));
  await begun;

  expect(open(importer).status).toBe("done");
  expect(asked.keys.filter((key) => key !== null)).toHaveLength(3);
});

it("explains a file that it can't read, and drops a closed one", async () => {
  const importer = new Importer(server());
  await importer.open("picture.png", new TextEncoder().encode("a,b\n1,2"));
  expect(importer.state()).toEqual({ status: "none", problem: "The file's format is not supported. Its columns are: a, b." });

  await importer.open("orders.csv", bytes(1));
  importer.close();
  expect(importer.state()).toEqual({ status: "none", problem: null });
});

it("reports that the browser can't make keys without https", async () => {
  vi.stubGlobal("crypto", {});
  const importer = new Importer(server());
  await importer.open("orders.csv", bytes(1));

  expect(importer.state()).toMatchObject({ status: "none", problem: expect.stringContaining("https") });
});

it("asks for the encoding where it can't be recognised, and sends nothing before", async () => {
  const asked = server();
  const importer = new Importer(asked);
  const bytes = Uint8Array.from([...new TextEncoder().encode("reference,customer_name,total\nA-1,"), 0x8e, 0x52, 0x93, 0x63, ...new TextEncoder().encode(",1\n")]);
  await importer.open("orders.csv", bytes);
  expect(importer.state()).toMatchObject({ status: "asking", previews: [{ encoding: "windows-1252" }, { lines: ["A-1,山田,1"] }] });
  expect(asked.keys).toEqual([]);

  await importer.open("orders.csv", bytes, "shift_jis");
  expect(open(importer)).toMatchObject({ status: "ready", encoding: "shift_jis" });
  expect(open(importer).file.drafts[0]?.input.customerName).toBe("山田");
});
