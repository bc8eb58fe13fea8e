"""Removes the mask from a client's bytes (RFC 6455, 5.3), by the compiled function of the websockets library.

That function is private to websockets (tried with 17). If it is missing or does something else, plain Python is used,
which takes 7 to 150 times as long, by the size of the message; a log line says so.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import structlog

logger = structlog.get_logger(__name__)

ApplyMask = Callable[[bytes | bytearray, bytes | bytearray], bytes]
MODULE: Final = "websockets.speedups"
DATA, MASK, PLAIN = b"\x01\x03\x02\x06\x05", b"\x01\x02\x03\x04", b"\x00\x01\x01\x02\x04"


def plain_mask(data: bytes | bytearray, mask: bytes | bytearray) -> bytes:
    """Take a mask of four bytes off data."""
    size = len(data)
    repeated = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")


def compiled_mask(module: str = MODULE) -> ApplyMask:
    """The function of the websockets library, if it does what is expected; else :func:`plain_mask`."""
    try:
        found: Any = import_module(module).apply_mask
        if found(DATA, MASK) == PLAIN:
            apply: ApplyMask = found
            return apply
    except (ImportError, AttributeError, TypeError, ValueError):
        pass
    logger.warning("compiled_mask_missing", module=module, effect="masks are taken off in Python")
    return plain_mask


apply_mask: Final[ApplyMask] = compiled_mask()
