"""The position of the primary's write-ahead log at each tenant's last commit, in Redis for all processes.

A position is a PostgreSQL LSN (https://www.postgresql.org/docs/current/datatype-pg-lsn.html) as a whole number of
bytes. A read for a tenant may use a replica that has replayed the tenant's position.
"""

import threading
import time
from collections.abc import Collection
from typing import Any, Final

import structlog
from redis import RedisError

log = structlog.get_logger(__name__)

KEPT_SECONDS: Final = 3600
"""Seconds for which a tenant's position is kept. A replica that is further behind is never used."""
PAUSE_SECONDS: Final = 1.0
"""Seconds for which a process does not ask Redis after a failure."""
RAISE: Final = """
for i, key in ipairs(KEYS) do
    if tonumber(ARGV[1]) > tonumber(redis.call('GET', key) or 0) then
        redis.call('SET', key, ARGV[1], 'EX', ARGV[2])
    end
end
"""


class Positions:
    """The positions of all tenants. Safe for threads; never raises because Redis is unreachable.

    Redis keeps nothing over a restart. So ``begun`` is the position at which it began to keep them, and a read needs
    that position, too.
    """

    def __init__(self, redis: Any, prefix: str) -> None:
        self.redis = redis
        self.prefix = f"{prefix}:replica:"
        self.script = redis.register_script(RAISE)
        self.lock = threading.Lock()
        self.unsent: dict[str, int] = {}
        """Positions that Redis has not accepted. While there are any, this process reads those tenants from the
        primary."""
        self.asks_again_at = 0.0

    def note(self, tenants: Collection[str], position: int) -> None:
        """Record that a transaction which has written rows of these tenants ended at this position."""
        with self.lock:
            for tenant in tenants:
                self.unsent[tenant] = max(position, self.unsent.get(tenant, 0))
        self.send()

    def send(self) -> None:
        """Send what Redis has not accepted yet."""
        with self.lock:
            sent = dict(self.unsent)
        if not sent or time.monotonic() < self.asks_again_at:
            return
        try:
            for position in sorted(set(sent.values())):
                keys = [f"{self.prefix}{tenant}" for tenant, one in sent.items() if one == position]
                self.script(keys=keys, args=[position, KEPT_SECONDS])
        except (RedisError, OSError) as error:
            self.failed(error)
            return
        with self.lock:
            for tenant, position in sent.items():
                if self.unsent.get(tenant) == position:
                    del self.unsent[tenant]

    def begin(self, position: int) -> None:
        """Record where Redis begins to keep positions, unless that is recorded, and send what it has not accepted."""
        if time.monotonic() < self.asks_again_at:
            return
        try:
            self.redis.set(f"{self.prefix}begun", position, nx=True)
        except (RedisError, OSError) as error:
            self.failed(error)
            return
        self.send()

    def needed(self, tenant: str) -> int | None:
        """The position that a replica must have replayed for a read of this tenant; None: only the primary will do."""
        if tenant in self.unsent or time.monotonic() < self.asks_again_at:
            return None
        try:
            begun, written = self.redis.mget(f"{self.prefix}begun", f"{self.prefix}{tenant}")
        except (RedisError, OSError) as error:
            self.failed(error)
            return None
        return None if begun is None else max(int(begun), int(written or 0))

    def failed(self, error: Exception) -> None:
        """Redis did not answer."""
        self.asks_again_at = time.monotonic() + PAUSE_SECONDS
        log.warning("positions_unknown", error=type(error).__name__)
