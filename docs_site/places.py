"""Where the pages, the decks and what is made of them are."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DOCS = ROOT / "docs"
GUIDE = DOCS / "guide"
OUTPUT = ROOT / "test-output" / "docs"
SLIDES = "slides"


def chapters() -> list[Path]:
    """The chapters of the guide, in order."""
    return sorted(GUIDE.glob("[0-9][0-9]-*.md"))
