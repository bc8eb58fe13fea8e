import { expect, it } from "vitest";
import chapters from "virtual:guide";
import { html } from "../../guide";
import { picture } from "../../picture.mjs";
import { byFault, kindOf, problems } from "./run";

it("has thirteen chapters, of which no Markdown is left over", () => {
  expect(chapters.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  for (const { html } of chapters) {
    const text = html.replace(/<svg.*?<\/svg>|<pre.*?<\/pre>|<code>.*?<\/code>/gs, "");
    expect(text).not.toMatch(/\*\*|`|^\||\]\(|<!--|^#/m);
    expect((html.match(/<details>/g) ?? []).length).toBe((html.match(/<\/details>/g) ?? []).length);
  }
});

it("turns each part of Markdown that the guide uses into HTML", () => {
  expect(html("## A *b* `c<d`\n\nOne **two**\nthree [x](06-y.md).\n\n- a\n- b\n  c\n\n| h |\n|---|\n| 1 |\n\n```python\nx < 1\n```")).toBe(
    '<h3>A <em>b</em> <code>c&lt;d</code></h3>\n<p>One <strong>two</strong> three <a href="/learn/?chapter=6">x</a>.</p>\n<ul><li>a</li><li>b c</li></ul>\n' +
      '<div class="wide" tabindex="0"><table><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></div>\n<pre class="python" tabindex="0"><code>x &lt; 1</code></pre>',
  );
});

it("draws the picture of each chapter without styles of its own, which the policy would refuse", () => {
  for (const { html } of chapters) {
    const [drawn = "", ...more] = html.match(/<svg.*?<\/svg>/gs) ?? [];
    expect(more).toEqual([]);
    expect(drawn).toMatch(/^<svg viewBox="0 0 [\d.]+ [\d.]+" width="\d+" height="\d+" role="img" aria-label="[^"]{20,}">/);
    expect(drawn).not.toMatch(/<style|\sstyle=|https?:|<script/);
  }
});

it("draws a message that does not arrive with a cross", () => {
  const ends = (arrow: string) => picture(`sequenceDiagram\n    A->>B: one\n    A${arrow}B: two`).match(/marker-end="url\(#p[0-9a-f]{8}-[a-z-]+\)"/g);
  expect(ends("--x")?.map((end) => end.replace(/^.*#p[0-9a-f]{8}-|\)"$/g, ""))).toEqual(["seq-arrow", "cross"]);
  expect(ends("-->>")?.map((end) => end.replace(/^.*#p[0-9a-f]{8}-|\)"$/g, ""))).toEqual(["seq-arrow", "seq-arrow"]);
});

it("puts the designs of a fault side by side, and says what went wrong", () => {
  const outcome = (fault: string, design: string, lost: number) => ({ fault, says: `${fault}!`, design, numbers: { orders: 1, lost }, timeline: [] });
  const [kill, calm] = byFault([outcome("kill", "naive", 2), outcome("kill", "safe", 0), outcome("calm", "naive", 0)]);
  expect(kill).toMatchObject({ name: "kill", says: "kill!", designs: [{ design: "naive" }, { design: "safe" }] });
  expect(kill?.designs.map(problems)).toEqual(["lost 2", ""]);
  expect(calm?.designs.length).toBe(1);
});

it("knows the kinds of steps", () => {
  expect(["BEGIN", "INSERT order", "mail about order 1 (created)", "kill -9", "--- restart ---"].map(kindOf)).toEqual(["transaction", "change", "outside", "kill", "kill"]);
});
