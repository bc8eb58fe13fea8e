"""The checks of each process of production before it starts: an operator sees all errors together, with what to do.

Errors that only an operator can correct refuse the start. Errors that may end by themselves do not: without Redis and
without the broker orders are accepted, and a web process answers 503 at ``/readyz`` until the database is there.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DatabaseError
from redis import RedisError

from tenants import redis_servers
from tenants.db.checks import check_database_login, missing_migrations
from tenants.db.roles import without_pool

CONNECT_SECONDS = 1.0
RETURNS = "It may stay away for a while: the process connects once it answers."

log = structlog.get_logger(__name__)


class CannotStart(SystemExit):
    """Ends the process with status 1 and these sentences on standard error, also from a receiver of Celery's."""


def check_start(of_this_process: Iterable[CheckMessage] = ()) -> None:
    """Log what is unreachable or unsafe, as ``start_check``, and the further findings of this kind of process.

    Does nothing on the embedded default, which sets itself up.

    Raises:
        CannotStart: there are errors; it has all of them.
    """
    if settings.EMBEDDED:
        return
    found = [*problems(), *of_this_process]
    for one in found:
        if not one.is_serious():
            log.warning("start_check", id=one.id, problem=one.msg, advice=one.hint)
    errors = [f"  - {one.msg}\n    {one.hint}" for one in found if one.is_serious()]
    if errors:
        raise CannotStart("\n".join(["This process can't start:", *errors]))


def problems() -> Iterator[CheckMessage]:
    """The findings of all checks, in this order. They run side by side, so that frozen servers delay a start by one."""
    with ThreadPoolExecutor(len(CHECKS), thread_name_prefix="start-check") as pool:
        for found in pool.map(lambda check: list(check()), CHECKS):
            yield from found


def database_problems_apart() -> Iterator[CheckMessage]:
    """The same findings, by a connection of their own: a worker forks later, which a pool's threads do not survive."""
    with without_pool():
        yield from database_problems()


def database_problems() -> Iterator[CheckMessage]:
    """The database answers, has this code's tables, and restricts our login."""
    try:
        missing = missing_migrations()
    except DatabaseError as error:
        said = f"The database does not answer ({reason(error)}): orders are not accepted, /readyz answers 503."
        yield Warning(said, hint=f"Check DATABASE_URL, the server, and its pg_hba.conf. {RETURNS}", id="events.W001")
        return
    if missing:
        said = f"The database lacks {len(missing)} migrations of this version; the first is {missing[0]}."
        hint = "Run: python manage.py migrate (with DATABASE_OWNER_URL, docs/operations.md). Then start this again."
        yield Error(said, hint=hint, id="events.E001")
    # The first migration makes the role whose absence is an error.
    yield from (one for one in check_database_login() if not (missing and one.is_serious()))


def redis_problems() -> Iterator[CheckMessage]:
    """The channel layer's Redis answers."""
    late = "live subscribers read the event log, up to two seconds late"
    if not settings.REDIS_URL:
        said = f"REDIS_URL is not set, so processes cannot notify each other: {late}."
        yield Warning(said, hint="Set REDIS_URL to the Redis of the channel layer.", id="events.W002")
        return
    for shard in redis_servers.shards(settings.REDIS_URL):
        try:
            with redis_servers.client(shard, seconds=CONNECT_SECONDS) as client:
                client.ping()
        except (OSError, RedisError, ValueError) as error:
            said = f"Redis does not answer ({reason(error)}): {late}."
            yield Warning(said, hint=f"Check REDIS_URL and the server. {RETURNS}", id="events.W003")


def broker_problems() -> Iterator[CheckMessage]:
    """Celery's broker lets us in."""
    wait = "mails and processing wait in the ledger"
    if not settings.BROKER_URL:
        said = f"Neither BROKER_URL nor REDIS_URL is set, so no task reaches a worker: {wait}."
        yield Warning(said, hint="Set BROKER_URL to RabbitMQ or Redis.", id="events.W004")
        return
    try:
        with current_app.connection_for_write(settings.BROKER_URL, connect_timeout=CONNECT_SECONDS) as broker:
            broker.connect()
    except Exception as error:  # each transport has errors of its own
        said = f"The broker does not answer ({reason(error)}): {wait}."
        yield Warning(said, hint=f"Check BROKER_URL, its login and virtual host. {RETURNS}", id="events.W005")


CHECKS: tuple[Callable[[], Iterator[CheckMessage]], ...] = (database_problems_apart, redis_problems, broker_problems)


def reason(error: BaseException) -> str:
    """An error in one line: its kind and its first line, which names the server and never a password."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
