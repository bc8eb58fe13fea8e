/** The guide of docs/guide as HTML, made when the front end is built: the part of Markdown that its pages use. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { picture } from "./picture.mjs";

export interface Chapter {
  readonly number: number;
  readonly title: string;
  readonly html: string;
}

/** The chapters in a folder; none where there is no such folder, as in the build of an image. */
export function chaptersIn(folder: string): Chapter[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^\d\d-.*\.md$/.test(name)).sort();
  return names.map((name) => {
    const [first = "", ...rest] = readFileSync(join(folder, name), "utf8").split("\n");
    return { number: Number(name.slice(0, 2)), title: first.replace(/^# \d+\. /, ""), html: html(rest.join("\n")) };
  });
}

export const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** A page's text without its title. Headings are one level lower than in the file, below the page's own heading. */
export function html(markdown: string): string {
  const blocks: string[] = [];
  const lines = markdown.split("\n");
  while (lines.length) blocks.push(block(lines));
  return blocks.filter(Boolean).join("\n");
}

/** Takes one block from the lines. */
function block(lines: string[]): string {
  const line = lines.shift() ?? "";
  const [fence, language] = /^```(\w*)/.exec(line) ?? [];
  if (fence) return pre(language ?? "", takeUntil(lines, (next) => next === "```", true).join("\n"));
  const source = /^<!-- (quote|printed): (.+) -->$/.exec(line);
  if (source) return `<p class="source">${escaped(source[2] ?? "")}</p>`;
  const heading = /^(#+) (.+)$/.exec(line);
  if (heading) {
    const tag = `h${(heading[1] ?? "").length + 1}`;
    return `<${tag}>${inline(heading[2] ?? "")}</${tag}>`;
  }
  if (/^<details><summary>(.+)<\/summary>$/.test(line) || line === "</details>") return line;
  if (line.startsWith("|")) return table([line, ...takeUntil(lines, (next) => !next.startsWith("|"))]);
  const item = /^(\d+\.|-) /.exec(line);
  if (item) return list(item[1] === "-" ? "ul" : "ol", [line, ...takeUntil(lines, (next) => next === "")]);
  if (line === "") return "";
  return `<p>${inline([line, ...takeUntil(lines, (next) => next === "")].join(" "))}</p>`;
}

function takeUntil(lines: string[], ends: (line: string) => boolean, dropEnd = false): string[] {
  const end = lines.findIndex(ends);
  const taken = lines.splice(0, end < 0 ? lines.length : end);
  if (dropEnd) lines.shift();
  return taken;
}

function pre(language: string, text: string): string {
  if (language === "mermaid") return `<figure class="picture" tabindex="0">${picture(text)}</figure>`;
  return `<pre class="${language || "text"}" tabindex="0"><code>${escaped(text)}</code></pre>`;
}

function list(tag: string, lines: string[]): string {
  const items = lines.join("\n").split(/\n(?=(?:\d+\.|-) )/);
  return `<${tag}>${items.map((item) => `<li>${inline(item.replace(/^(\d+\.|-) /, "").replace(/\s+/g, " "))}</li>`).join("")}</${tag}>`;
}

function table(lines: string[]): string {
  const rows = lines.map((line) => line.replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim())));
  const [head = [], , ...body] = rows;
  const cells = (row: string[], tag: string) => row.map((cell) => `<${tag}>${cell}</${tag}>`).join("");
  return `<div class="wide" tabindex="0"><table><thead><tr>${cells(head, "th")}</tr></thead><tbody>${body.map((row) => `<tr>${cells(row, "td")}</tr>`).join("")}</tbody></table></div>`;
}

/** Code, links, bold and italic text. */
function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (part.startsWith("`") && part.length > 1 ? `<code>${escaped(part.slice(1, -1))}</code>` : styled(escaped(part))))
    .join("")
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, name: string, target: string) => link(name, target))
    .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>");
}

const styled = (text: string) => text.replace(/(^|[^*\w])\*([^*\s][^*]*?)\*(?!\*)/g, "$1<em>$2</em>");

/** Chapters and the lab are pages of the app; other files of the repository are named and not linked. */
function link(name: string, target: string): string {
  const chapter = /^(\d\d)-[\w-]+\.md/.exec(target);
  if (chapter) return `<a href="/learn/?chapter=${Number(chapter[1])}">${name}</a>`;
  if (target.includes("signal-lab")) return `<a href="/lab/">${name}</a>`;
  return /^https?:/.test(target) ? `<a href="${target}">${name}</a>` : name;
}
