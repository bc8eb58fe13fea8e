"""Global ids: a type's name and an id of that type, encoded so that clients do not read them."""

import base64
import binascii
from uuid import UUID

from graphql_server.errors import ApiError, Code

MAX_NUMBER = 2**63 - 1


def global_id(type_name: str, local_id: object) -> str:
    """The id under which ``node`` finds the object."""
    return binascii.b2a_base64(f"{type_name}:{local_id}".encode(), newline=False).decode()


def split(text: str) -> tuple[str, str]:
    """The type's name and the id in it.

    Raises:
        ApiError: it is no global id.
    """
    try:
        type_name, colon, local_id = base64.b64decode(text.encode("ascii"), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise not_an_id("an object") from None
    if not colon:
        raise not_an_id("an object")
    return type_name, local_id


def uuid_of(text: str, type_name: str) -> UUID:
    """The UUID in the global id of an object of this type.

    Raises:
        ApiError: it is no global id, or another type's.
    """
    named, local_id = split(text)
    try:
        found = UUID(local_id)
    except ValueError:
        raise not_an_id(type_name) from None
    if named != type_name or global_id(named, found) != text:
        raise not_an_id(type_name)
    return found


def number_of(text: str, type_name: str) -> int:
    """The number, of up to 63 bits, in the global id of an object of this type.

    Raises:
        ApiError: it is no global id, or another type's.
    """
    named, local_id = split(text)
    number = int(local_id) if local_id.isascii() and local_id.isdigit() and len(local_id) < 20 else MAX_NUMBER + 1
    if number > MAX_NUMBER or named != type_name or global_id(type_name, number) != text:
        raise not_an_id(type_name)
    return number


def not_an_id(what: str) -> ApiError:
    """The error for an id that none of our objects could have."""
    name = what if what.startswith("an ") else f"an {what}"
    return ApiError(Code.BAD_USER_INPUT, f"This is not the id of {name}.")
