"""Fonts for texts in any script.

Text in Latin-1 is set in Helvetica, which every PDF reader has and which costs nothing. Other text is set in Noto Sans
and its related fonts that have the characters; a character without a font, ``INVOICE_FONTS`` included, becomes U+FFFD.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types
from fpdf import FPDF

BUNDLED = Path(__file__).parent / "fonts"
"""Our own copy; ``NOTICE.md`` there says where it comes from."""
BASE = BUNDLED / "NotoSans-Regular.ttf"
SISTERS = sorted(path for path in BUNDLED.glob("*.ttf") if path != BASE)
REPLACEMENT = "\ufffd"
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@cache
def characters_of(font: Path) -> frozenset[int]:
    """The code points that the font has glyphs for."""
    with TTFont(font, lazy=True, fontNumber=0) as opened:
        return frozenset(opened.getBestCmap())


def needed(text: str) -> list[Path]:
    """The fonts, the base first, that together have the characters of ``text``, as far as there are any."""
    fonts, missing = [BASE], {ord(character) for character in text} - characters_of(BASE)
    for font in [*SISTERS, *map(Path, settings.INVOICE_FONTS)]:
        if missing & characters_of(font):
            fonts.append(font)
            missing -= characters_of(font)
    return fonts


def printable(text: str, fonts: Iterable[Path]) -> str:
    """``text`` without control characters (breaks, directions, joiners), and with unknown characters replaced."""
    known = frozenset[int]().union(*map(characters_of, fonts))
    return "".join(
        character if ord(character) in known else REPLACEMENT
        for character in text
        if character == " " or not is_unseen(character)
    )


def is_unseen(character: str) -> bool:
    """Whether the character is invisible. Joiners stay: some scripts need them."""
    return unicodedata.category(character) in UNSEEN and character not in "\u200c\u200d"


class Typesetter:
    """The font for one document's texts, set on its PDF."""

    def __init__(self, pdf: FPDF, texts: Iterable[str]) -> None:
        whole = "".join(texts)
        self.fonts: list[Path] = []
        if is_latin(whole):
            self.family = "helvetica"
            return
        self.fonts = needed(whole)
        for font in self.fonts:
            pdf.add_font(font.stem, fname=font)
        self.family, *others = [font.stem for font in self.fonts]
        pdf.set_fallback_fonts(others)
        pdf.set_text_shaping(True)

    def fit(self, text: str) -> str:
        """The text as this font can show it."""
        if self.fonts:
            return printable(text, self.fonts)
        return "".join(character for character in text if not is_unseen(character))


def is_latin(text: str) -> bool:
    """Whether Helvetica can show it."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
