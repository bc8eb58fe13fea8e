import { describe, expect, it } from "vitest";
import { type Encoding, decodedAs, previews, recognised } from "./encoding";

const HEADER = "reference,customer_name,total\nA-1,";
const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));
const file = (...name: number[]) => Uint8Array.from([...ascii(HEADER), ...name, ...ascii(",1\n")]);
const wide = (text: string, littleEndian: boolean) => Uint8Array.from(ascii(text).flatMap((unit) => (littleEndian ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])));

const JURGEN = [0x4a, 0xfc, ...ascii("rgen")];
const KATHE = [0x4b, 0xe4, ...ascii("the")]; // valid Shift-JIS, too
const YAMADA = [0x8e, 0x52, 0x93, 0x63]; // 山田, or ŽR“c
const TARO = [0x83, 0x5e, 0x83, 0x8d, 0x83, 0x45]; // タロウ

describe("an encoding", () => {
  it.each<[string, Uint8Array, Encoding, string]>([
    ["ASCII", file(...ascii("Ada")), "utf-8", "Ada"],
    ["UTF-8", new TextEncoder().encode(`${HEADER}Jürgen 山田,1`), "utf-8", "Jürgen 山田"],
    ["UTF-8 with its mark", Uint8Array.from([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(`${HEADER}Jürgen,1`)]), "utf-8", "Jürgen"],
    ["UTF-16 with its mark", wide(`\uFEFF${HEADER}Jürgen,1`, true), "utf-16le", "Jürgen"],
    ["UTF-16 of the other order", wide(`\uFEFF${HEADER}山田,1`, false), "utf-16be", "山田"],
    ["UTF-16 without a mark", wide(`${HEADER}山田,1`, true), "utf-16le", "山田"],
    ["UTF-16 of the other order without a mark", wide(`${HEADER}Jürgen,1`, false), "utf-16be", "Jürgen"],
    ["Windows-1252", file(...JURGEN), "windows-1252", "Jürgen"],
    ["Windows-1252 that would be Shift-JIS too", file(...KATHE), "windows-1252", "Käthe"],
    ["Shift-JIS", file(...TARO), "shift_jis", "タロウ"],
  ])("is recognised: %s", (_, bytes, encoding, name) => {
    const found = recognised(bytes);

    expect([found.encoding, found.isUnsure]).toEqual([encoding, false]);
    expect(found.possible).toContain(encoding);
    const text = decodedAs(bytes, found.encoding);
    expect(text?.split(/[\n,]/).slice(0, 5)).toEqual(["reference", "customer_name", "total", "A-1", name]);
  });

  it("is asked for where two are as likely, with the text in each", () => {
    const { possible, isUnsure } = recognised(file(...YAMADA));

    expect(isUnsure).toBe(true);
    const [western, japanese] = previews(file(...YAMADA), possible); // Node 20 reads Windows-1252 as Latin-1, browsers do not.
    expect([western?.encoding, western?.lines.length]).toEqual(["windows-1252", 1]);
    expect(japanese).toEqual({ encoding: "shift_jis", lines: ["A-1,山田,1"] });
  });

  it("can be another where the bytes allow it, and no other for ASCII", () => {
    expect(recognised(file(...ascii("Ada"))).possible).toEqual(["utf-8"]);
    expect(recognised(file(...KATHE)).possible).toEqual(["windows-1252", "shift_jis"]);
    expect(recognised(file(...JURGEN)).possible).toEqual(["windows-1252"]);
  });

  it.each([[[0x7f, 0x45, 0, 0, 0, 0, 1, 0]], [[0, 1]]])("of a program is none of UTF-16", (bytes) => {
    expect(recognised(Uint8Array.from(bytes)).encoding).not.toMatch(/utf-16/);
  });
});
