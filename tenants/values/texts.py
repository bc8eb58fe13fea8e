"""The characters that are allowed in texts that people see: one rule for every entrance.

Refused are the characters that change how a person sees the text around them, or break a line where a mail, a log or a
form has one: controls (Cc), line and paragraph separators (Zl, Zp), the bidi embeddings, overrides and isolates, and
halves of surrogate pairs (Cs), which UTF-8 can't hold. Right-to-left text needs none of them: its letters carry their
direction, and the marks LRM, RLM and ALM and the joiners, which affect only the characters beside them, are allowed.
"""

import re

LINES = "\t\n\r"
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSAFE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{BIDI}]")
UNSAFE_IN_LINES = re.compile(rf"(?![{LINES}]){UNSAFE.pattern}")


def unsafe_character(text: str, *, lines: bool = False) -> str | None:
    """The first refused character as ``U+XXXX``, or None. ``lines`` allows tabs and line breaks."""
    found = (UNSAFE_IN_LINES if lines else UNSAFE).search(text)
    return f"U+{ord(found[0]):04X}" if found else None
