"""The page that shows the pictures side by side: a row for each case and scheme, a column for each width."""

from html import escape
from pathlib import Path

from tests.browser.pictures.take import SCHEMES, SIZES

STATES = ("data", "empty", "offline", "error")
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem }
nav { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: .5rem 0; background: Canvas }
section { margin: 2rem 0 }
div { display: grid; grid-template-columns: 1fr 2fr 3fr 5fr; gap: 1rem; align-items: start; margin: .5rem 0 1.5rem }
figure { margin: 0 } img { width: 100%; border: 1px solid #8886 } figcaption { color: GrayText; font-size: .85em }
"""


def write_index(folder: Path) -> Path:
    """Write the page of all pictures in the folder; return its path."""
    cases = sorted({path.stem.rsplit("-", 2)[0] for path in folder.glob("*.png")}, key=place)
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in cases)
    rows = "".join(f'<section id="{escape(name)}"><h2>{escape(name)}</h2>{pictures(name)}</section>' for name in cases)
    path = folder / "index.html"
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page in every look</title>'
        f"<style>{STYLE}</style><h1>Every page in every look</h1><nav>{links}</nav>{rows}</html>"
    )
    return path


def place(case: str) -> tuple[str, int]:
    """The place of a case in the list: its page, then its state."""
    page, _, state = case.rpartition("-")
    return page, STATES.index(state)


def pictures(case: str) -> str:
    """The case's pictures, a line for each colour scheme."""
    return "".join(f"<div>{''.join(figure(case, width, scheme) for width in SIZES)}</div>" for scheme in SCHEMES)


def figure(case: str, width: int, scheme: str) -> str:
    """One picture, which opens at its own size."""
    name = f"{case}-{width}-{scheme}.png"
    return (
        f'<figure><a href="{name}"><img loading="lazy" src="{name}" alt="{case}, {width} pixels, {scheme}"></a>'
        f"<figcaption>{width} px, {scheme}</figcaption></figure>"
    )
