/**
 * Draws the Mermaid pictures of the docs as SVG, without a browser. The app's guide (guide.ts) uses the function when the front end is
 * built; ./dev docs runs this file: JSON with a list of Mermaid texts in, JSON with a list of SVGs out.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { renderMermaidSVG } from "beautiful-mermaid";

/** The library's letters are small beside a page's text. */
const LARGER = 1.2;
/** The end of an arrow that does not arrive: `A-xB` in Mermaid, which the library draws as any other arrow. */
const CROSS = '<marker id="cross" markerWidth="10" markerHeight="10" refX="9" refY="5" orient="auto"><path d="M1 1 9 9M9 1 1 9" fill="none" stroke="var(--_cross)" stroke-width="1.5" /></marker>';
const MESSAGE = /^\s*\w+\s*--?(>>|>|x|\))\s*\w+\s*:/;

/**
 * One picture. It has no style of its own, so that a strict Content-Security-Policy lets it through and it follows the page's colours:
 * the page's style sheet gives the variables `--_text`, `--_line` and so on.
 *
 * @param {string} source Mermaid text: a flowchart or a sequence diagram.
 * @returns {string} An SVG element.
 * @throws {Error} The text is no such picture.
 */
export function picture(source) {
  const name = `p${createHash("sha256").update(source).digest("hex").slice(0, 8)}`;
  return said(crossed(source, renderMermaidSVG(source)))
    .replaceAll('font-size="11"', 'font-size="10"') // the boxes of labels are measured for a narrower font than many systems have
    .replace(/<style>.*?<\/style>\s*/s, "")
    .replace(/(id="|url\(#)/g, `$1${name}-`);
}

/** The picture's root with a size, and with all its words as what a screen reader says. */
function said(/** @type {string} */ svg) {
  const words = [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, text = ""]) => text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim());
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const size = `width="${Math.round(Number(width) * LARGER)}" height="${Math.round(Number(height) * LARGER)}"`;
  return svg.replace(/<svg[^>]*>/, `<svg viewBox="0 0 ${width} ${height}" ${size} role="img" aria-label="${words.join("; ").replace(/"/g, "&quot;")}">`);
}

/** The picture with crosses at the ends of messages that do not arrive. */
function crossed(/** @type {string} */ source, /** @type {string} */ svg) {
  const ends = source.split("\n").flatMap((line) => MESSAGE.exec(line)?.[1] ?? []);
  let place = 0;
  const withEnds = svg.replace(/<g class="message".*?<\/g>/gs, (message) => (ends[place++] === "x" ? message.replace(/url\(#seq-arrow(-open)?\)/, "url(#cross)") : message));
  return withEnds.replace("<defs>", `<defs>${CROSS}`);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(picture)));
}
