"""Order numbers, and the form in which text is searched."""

import secrets
import unicodedata

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """A human order number, such as K7Q2F-9M4TD: 50 random bits, nothing to count, no letter to misread."""
    bits = secrets.randbits(50)
    characters = "".join([CROCKFORD[bits >> shift & 31] for shift in range(0, 50, 5)])
    return f"{characters[:5]}-{characters[5:]}"


def searchable(text: str) -> str:
    """Text in the form in which it is searched, the same in SQL and in Python: compatibility-composed, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()
