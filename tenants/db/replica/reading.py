"""Which reads use the read replica: whole queries of the GraphQL API and GETs of the REST API, decided here alone.

All statements of such a read go to one server. Everything else uses the primary: changes and what is read within them,
logins, live subscriptions, dispatchers, workers, commands.

No read of a tenant misses what that tenant has written: every process records the primary's position at its
commits (:mod:`tenants.db.replica.positions`), and a read uses the replica only if that has replayed the tenant's last
position. So a client reads its own writes, and the order of every live event that it got.
"""

from collections.abc import Callable, Collection
from functools import cache
from typing import TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

from tenants.context import current_reach
from tenants.db.backend.base import DatabaseWrapper
from tenants.db.replica import metrics
from tenants.db.replica.monitor import REPLAYED, REPLICA, Monitor
from tenants.db.replica.positions import Positions
from tenants.redis_servers import client

T = TypeVar("T")
ANSWER_SECONDS = 0.2


@cache
def monitor() -> Monitor | None:
    """This process's monitor of the replica; None without a replica."""
    if REPLICA not in settings.DATABASES:
        return None
    redis = client(settings.REDIS_URL, seconds=ANSWER_SECONDS)
    return Monitor(Positions(redis, settings.CHANNEL_PREFIX), settings.DATABASE_REPLICA_LAG_SECONDS)


def read(run: Callable[[], T]) -> T:
    """Run a read for the tenant of this context, on the replica if it may, and return its result.

    ``run`` runs again, on the primary, if a statement fails on the replica.
    """
    watched = monitor()
    if watched is None:
        return run()
    primary = connections[DEFAULT_DB_ALIAS]
    if not primary.in_atomic_block and is_ready(watched):
        found = on_replica(watched, run)
        if found:
            metrics.READS.labels("replica").inc()
            return found[0]
    metrics.READS.labels("primary").inc()
    return run()


def is_ready(watched: Monitor) -> bool:
    """Whether the replica answers, is near enough, and has replayed what this tenant has written."""
    watched.start()
    if watched.why_not():
        return False
    needed = watched.positions.needed(current_reach())
    if needed is None:
        return False
    if needed > watched.replayed:
        watched.replayed = max(watched.replayed, replayed_now())
    return needed <= watched.replayed


def replayed_now() -> int:
    """What the replica has replayed; nothing if it does not answer."""
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(REPLAYED)
            return int(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError):
        connections[REPLICA].close()
        return -1


def on_replica(watched: Monitor, run: Callable[[], T]) -> tuple[T] | None:
    """The read's result; None if a statement failed. Inside, the replica's connection is this thread's default."""
    primary, replica = connections[DEFAULT_DB_ALIAS], connections[REPLICA]
    connections[DEFAULT_DB_ALIAS] = replica
    replica.errors_occurred = False
    try:
        replica.ensure_connection()
        link = replica.connection
        watched.in_use.add(link)
        try:
            found = (run(),)
        finally:
            watched.in_use.discard(link)
    except (DatabaseError, InterfaceError):
        found = None
    finally:
        connections[DEFAULT_DB_ALIAS] = primary
    if found and not replica.errors_occurred:
        return found
    replica.close()
    return None


def note_commits() -> None:
    """Have this process record the positions of its commits, if there is a replica."""
    if REPLICA in settings.DATABASES:
        DatabaseWrapper.committed = staticmethod(note)


def note(tenants: Collection[str], position: int) -> None:
    """Record the position of a commit."""
    watched = monitor()
    if watched is not None:
        watched.positions.note(tenants, position)
