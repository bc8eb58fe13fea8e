"""Failed tokens and logins: who fails too often has to wait, and who has proven themselves does not.

Counted for each address and each account. A token, or a person at an address, that was right within the last hour is
let through whatever others do, so that nobody is locked out by somebody who guesses.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Final

import structlog

from tenants.buckets import Rate
from tenants.throttling import buckets, rates

log = structlog.get_logger(__name__)

PROVEN_SECONDS: Final = 3600.0
KEPT: Final = 10_000


class Remembered:
    """Until when something holds, for as many keys as were noted last. Safe for threads."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def seconds(self, key: str) -> float:
        """How much longer it holds; 0 if it does not."""
        return max(0.0, self._until.get(key, 0.0) - time.monotonic())

    def note(self, key: str, seconds: float) -> None:
        """It holds for so long from now on."""
        with self._lock:
            self._until[key] = time.monotonic() + seconds
            self._until.move_to_end(key)
            if len(self._until) > KEPT:
                self._until.popitem(last=False)

    def clear(self) -> None:
        """Nothing holds."""
        with self._lock:
            self._until.clear()


_held, _proven = Remembered(), Remembered()


def of_address(address: str | None) -> str:
    """The key of an address; one of IPv6 counts with its network, which is one customer's."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "failures:address:unknown"
    if isinstance(parsed, IPv6Address):
        return f"failures:address:{int(parsed) >> 64:x}"
    return f"failures:address:{parsed}"


def of_account(name: str) -> str:
    """The key of an account, whether there is one or not."""
    return f"failures:account:{sha256(name.encode(errors='replace')).hexdigest()}"


def wait_seconds(keys: Iterable[str], *, proof: str) -> int:
    """How long to wait before the next try, in whole seconds; 0 for who has proven themselves by ``proof``."""
    if _proven.seconds(proof):
        return 0
    return math.ceil(max(map(_held.seconds, keys)))


def failed(keys: Iterable[str], *, what: str) -> None:
    """Count a failure; past the last that is free, each has to be waited for."""
    measures = rates()
    for key in keys:
        per_minute = measures.failures if key.startswith("failures:address:") else measures.account_failures
        if per_minute:
            taken = buckets().take(1, [(key, Rate(per_minute / 60, per_minute))])
            if taken.left < 1:
                wait = (1 - taken.left) * 60 / per_minute
                _held.note(key, wait)
                log.warning("attempts_held", what=what, of=key.split(":")[1], seconds=math.ceil(wait))
    log.warning("attempt_failed", what=what)


def succeeded(*, proof: str) -> None:
    """Let this one through from now on, for an hour."""
    _proven.note(proof, PROVEN_SECONDS)


def forget() -> None:
    """Hold nobody back, and know nobody; for tests."""
    _held.clear()
    _proven.clear()
