import { describe, expect, it } from "vitest";
import { BYTES_MAX, ORDERS_MAX, canonical, chunkKey, chunksOf, fileHash } from "./chunks";
import type { Draft } from "../file/drafts";
import { readFile } from "../file/read";

const read = (text: string) => readFile(new TextEncoder().encode(text)).drafts;
const rows = (count: number, name = "") => `reference,sku,name,quantity,unit_price\n${Array.from({ length: count }, (_, index) => `A-${index},TEA,${name},1,9.90\n`).join("")}`;
const sizes = (drafts: readonly Draft[]) => chunksOf(drafts).map((chunk) => chunk.drafts.length);

async function keysOf(drafts: readonly Draft[]): Promise<string[]> {
  const file = await fileHash(drafts);
  return Promise.all(chunksOf(drafts).map((chunk) => chunkKey(file, chunk)));
}

describe("portions", () => {
  it("are of a hundred orders", () => {
    expect(sizes(read(rows(250)))).toEqual([ORDERS_MAX, ORDERS_MAX, 50]);
  });

  it("leave out what can't be sent", () => {
    expect(sizes(read(`${rows(100)}A-100,TEA,,none,1\nA-101,TEA,,1,1\n`))).toEqual([100, 1]);
  });

  it("have at most as many lines and bytes as the server accepts", () => {
    const lines = (count: number) => `reference,sku,quantity,unit_price\n${Array.from({ length: count * 400 }, (_, index) => `A-${Math.floor(index / 400)},TEA,1,1\n`).join("")}`;
    const byBytes = chunksOf(read(rows(1000, "茶".repeat(200))));

    expect(sizes(read(lines(25)))).toEqual([12, 12, 1]);
    expect(Math.max(...byBytes.map(({ drafts }) => new TextEncoder().encode(canonical(drafts.map(({ input }) => input))).length))).toBeLessThan(BYTES_MAX + 1000);
  });
});

describe("keys", () => {
  it("are the same whenever and however the same orders are written", async () => {
    const plain = read("reference,sku,quantity,unit_price\nA-1,TEA,1,9.90\nA-2,MUG,1,1\n");
    const other = read('\uFEFFUnit price;"Quantity";SKU;Reference\r\n9.90;1;TEA;A-1\r\n\r\n1;1;MUG;A-2');

    expect(await keysOf(other)).toEqual(await keysOf(plain));
    expect((await keysOf(plain))[0]).toMatch(/^import-[0-9a-f]{64}$/);
  });

  it.each([
    ["another file", "reference,total\nA-1,1\n", "reference,total\nA-1,2\n"],
    ["orders in another order", "reference,total\nA-1,1\nA-2,1\n", "reference,total\nA-2,1\nA-1,1\n"],
  ])("differ for %s", async (_, left, right) => {
    expect(await keysOf(read(left))).not.toEqual(await keysOf(read(right)));
  });

  it("differ for each portion, and for a portion of a longer file", async () => {
    const [first, second] = await keysOf(read(rows(200)));
    const [longer] = await keysOf(read(rows(201)));

    expect(new Set([first, second, longer]).size).toBe(3);
  });
});

it("writes equal values as equal text", () => {
  expect(canonical({ b: [1, { d: null, c: "x" }], a: 1 })).toBe('{"a":1,"b":[1,{"c":"x","d":null}]}');
});
