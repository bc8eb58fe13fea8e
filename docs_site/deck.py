"""Decks of slides: one HTML file for each chapter, with all that it needs in it."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from docs_site.chapter import PARSER, Slide, slides
from docs_site.places import HERE, chapters

LIGHT, DARK = "a11y-high-contrast-light", "a11y-high-contrast-dark"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<body>
<main>
{slides}
</main>
<footer>
<button type="button" id="back" aria-label="Back">◀</button>
<output id="place"></output>
<button type="button" id="on" aria-label="On">▶</button>
</footer>
<script>{script}</script>
"""


def write_decks(folder: Path, svgs: dict[str, str]) -> list[Path]:
    """Write a deck for each chapter, and ``index.html`` with links to them; return the decks."""
    folder.mkdir(parents=True, exist_ok=True)
    written, titles = [], []
    for chapter in chapters():
        made = slides(chapter.read_text())
        path = folder / f"{chapter.stem}.html"
        path.write_text(page(made[0].title, "\n".join(html(slide, svgs) for slide in made)))
        written.append(path)
        titles.append(made[0].title)
    links = (f'<li><a href="{path.name}">{escape(title)}</a></li>' for path, title in zip(written, titles, strict=True))
    keys = "<p>→ on, ← back, Home, End, N notes, D light or dark, F full screen</p>"
    (folder / "index.html").write_text(
        page("Slides", f"<section><h1>Slides</h1><ul>{''.join(links)}</ul>{keys}</section>")
    )
    return written


def page(title: str, body: str) -> str:
    """A whole HTML page."""
    return PAGE.format(title=escape(title), style=style(), slides=body, script=(HERE / "deck.js").read_text())


def style() -> str:
    """The look of a deck, with the colours of code."""
    colours = "\n".join(
        str(HtmlFormatter(style=name).get_style_defs(f":root[data-theme={theme}] pre"))
        for theme, name in (("light", LIGHT), ("dark", DARK))
    )
    return (HERE / "deck.css").read_text() + colours


def html(slide: Slide, svgs: dict[str, str]) -> str:
    """One slide."""
    parts = [f"<h1>{escape(slide.title)}</h1>", *body(slide, svgs)]
    if slide.notes and slide.block:
        parts.append(f"<aside>{rendered(slide.notes)}</aside>")
    return f"<section>{''.join(parts)}</section>"


def body(slide: Slide, svgs: dict[str, str]) -> Iterator[str]:
    """What is between a slide's title and its notes; a slide without a block shows its text."""
    if slide.source:
        yield f"<p class=source>{escape(slide.source)}</p>"
    if slide.lead:
        yield f"<p class=lead>{escape(slide.lead)}</p>"
    if not slide.block:
        yield f"<div class=text>{rendered(slide.notes)}</div>"
    elif slide.block[0].type == "fence":
        yield fence(slide.block[0], svgs)
    else:
        yield f"<div class=text>{rendered(slide.block)}</div>"


def fence(token: Token, svgs: dict[str, str]) -> str:
    """A picture, or code whose letters are as large as its lines leave room for (``deck.css``)."""
    if token.info == "mermaid":
        return f"<figure>{svgs[token.content]}</figure>"
    lines = token.content.splitlines()
    size = f"--lines: {len(lines)}; --columns: {max(map(len, lines))}"
    code = highlight(token.content, get_lexer_by_name(token.info or "text"), HtmlFormatter(nowrap=True))
    return f'<pre style="{size}" tabindex="0"><code>{code}</code></pre>'


def rendered(tokens: list[Token]) -> str:
    """Tokens as HTML; links into the repository lead nowhere from a deck, so they are text."""
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open" and not str(child.attrs.get("href", "")).startswith("http"):
                child.attrs = {}
    return str(PARSER.renderer.render(tokens, PARSER.options, {}))
