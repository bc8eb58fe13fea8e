/** The encoding of a file: recognised where its bytes allow one only, otherwise for the user to choose. */
export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "shift_jis"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface Recognised {
  /** The likely one. */
  readonly encoding: Encoding;
  /** All in which the bytes are text, `encoding` among them. */
  readonly possible: readonly Encoding[];
  /** Another one is as likely: only a reader of the text can say which. */
  readonly isUnsure: boolean;
}

/** A possible encoding, and lines of the file as it has them. */
export interface Preview {
  readonly encoding: Encoding;
  readonly lines: readonly string[];
}

const HEAD_BYTES = 4_096;
const PREVIEW_LINES = 3;
const PREVIEW_CHARACTERS = 120;
const JAPANESE = /[^\x00-\x80]+/gu; // in Shift-JIS, that is: a byte 0x80 means nothing there
const CONTROL = /[\x00-\x08\x0e-\x1f]/;
const KANA = /[\u3041-\u30ff]{2}/u;
const UNUSED_IN_WINDOWS_1252 = /[\x81\x8d\x8f\x90\x9d]/;

export function recognised(bytes: Uint8Array): Recognised {
  const wide = utf16(bytes);
  if (wide) return { encoding: wide, possible: [wide], isUnsure: false };
  if (bytes.every((byte) => byte < 0x80)) return { encoding: "utf-8", possible: ["utf-8"], isUnsure: false };
  const japanese = decodedAs(bytes, "shift_jis");
  const narrow: readonly Encoding[] = japanese === null ? ["windows-1252"] : ["windows-1252", "shift_jis"];
  if (decodedAs(bytes, "utf-8") !== null) return { encoding: "utf-8", possible: ["utf-8", ...narrow], isUnsure: false };
  if (japanese === null || isWestern(japanese)) return { encoding: "windows-1252", possible: narrow, isUnsure: false };
  const isSure = KANA.test(japanese) || UNUSED_IN_WINDOWS_1252.test(new TextDecoder("windows-1252").decode(bytes));
  return { encoding: "shift_jis", possible: narrow, isUnsure: !isSure };
}

/** The text, without a byte order mark; null if the bytes are not text in this encoding. */
export function decodedAs(bytes: Uint8Array, encoding: Encoding): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** What each encoding makes of the lines that have other characters than ASCII. */
export function previews(bytes: Uint8Array, encodings: readonly Encoding[]): readonly Preview[] {
  return encodings.map((encoding) => {
    const lines = (decodedAs(bytes, encoding) ?? "").split(/[\r\n]+/).filter((line) => /[^\x00-\x7f]/.test(line));
    return { encoding, lines: lines.slice(0, PREVIEW_LINES).map((line) => line.slice(0, PREVIEW_CHARACTERS)) };
  });
}

/** By its byte order mark, or because every other byte of its ASCII characters is 0. */
function utf16(bytes: Uint8Array): Encoding | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const head = bytes.subarray(0, HEAD_BYTES);
  const zeros = [0, 0] as [number, number];
  head.forEach((byte, index) => byte === 0 && zeros[(index % 2) as 0 | 1]++);
  const [even, odd] = zeros;
  if (Math.max(even, odd) < head.length / 10 || Math.min(even, odd) * 4 > Math.max(even, odd)) return null;
  const guess = odd > even ? "utf-16le" : "utf-16be";
  return CONTROL.test(new TextDecoder(guess).decode(head)) ? null : guess;
}

/** Whether each character beyond ASCII stands alone beside a Latin letter: an umlaut or accent that was read as Shift-JIS. */
function isWestern(japanese: string): boolean {
  return [...japanese.matchAll(JAPANESE)].every(({ 0: run, index }) => {
    const around = `${japanese[index - 1] ?? ""}${japanese[index + run.length] ?? ""}`;
    return [...run].length === 1 && /[a-z]/i.test(around);
  });
}
