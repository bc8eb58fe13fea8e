"""E-mail addresses to which mail can be sent."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def is_email_address(text: str) -> bool:
    """Whether mail can be sent to it."""
    try:
        validate_email(text)
        check_domain(text.rpartition("@")[2])
    except (ValidationError, UnicodeError):
        return False
    return True


def check_domain(domain: str) -> None:
    """Letters, digits and marks that IDNA writes in ASCII, as the mail's header has them.

    Raises:
        UnicodeError: the domain has something else, such as a blank that Django's rule takes for a letter.
    """
    if not domain.isascii():
        domain.encode("idna")
        if any(unicodedata.category(character)[0] not in "LMN" for character in domain if not character.isascii()):
            raise UnicodeError(domain)
