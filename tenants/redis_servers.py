"""``REDIS_URL``: one Redis, several shards of the channel layer, or Redis behind Sentinel; with TLS or without.

- ``redis://host:6379/0``, ``rediss://…`` with TLS, ``unix:///path``, as redis-py has them.
- ``redis+sentinel://user:password@host1:26379,host2:26379/0?master_name=orders``: the master that these sentinels name
  (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/). ``rediss+sentinel://`` connects with TLS
  to the master and to the sentinels. The login is Redis's; ``sentinel_username`` and ``sentinel_password`` are theirs.
- Several of these with semicolons between: the groups of the channel layer are spread over all of them by their names.
  All else is in the first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import parse_qsl, quote, unquote

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

SCHEMES: Final = ("redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://")
SENTINEL_PORT: Final = 26379


@dataclass(frozen=True, slots=True)
class Sentinels:
    """The address of a master behind Sentinel."""

    nodes: tuple[tuple[str, int], ...]
    master_name: str
    connection: Mapping[str, Any]
    """Of connections to the master, as redis-py names them: ``db``, ``username``, ``password``, ``ssl`` …"""
    sentinel: Mapping[str, Any]
    """Of connections to the sentinels."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """The address in a URL.

        Raises:
            ValueError: it is not one; it needs hosts and a ``master_name``.
        """
        scheme, _, rest = url.partition("://")
        place, _, query = rest.partition("?")
        login, _, hosts_and_db = place.rpartition("@")
        hosts, _, db = hosts_and_db.partition("/")
        options = dict(parse_qsl(query, strict_parsing=bool(query)))
        nodes = tuple(node_of(host) for host in hosts.split(","))
        user, _, password = login.partition(":")
        master_name = options.pop("master_name", "")
        if not master_name:
            raise ValueError("master_name is missing")
        theirs = {name: options.pop(f"sentinel_{name}", "") for name in ("username", "password")}
        tls: dict[str, Any] = {"ssl": True, **options} if scheme.startswith("rediss") else options
        ours = {"db": int(db or 0), "username": unquote(user), "password": unquote(password)}
        return cls(nodes, master_name, tls | given(ours), tls | given(theirs))


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are neither empty nor 0."""
    return {name: value for name, value in values.items() if value}


def node_of(text: str) -> tuple[str, int]:
    """Host and port; an IPv6 address is in brackets."""
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, str(SENTINEL_PORT)
    if not host or not 0 < int(port) < 65536:
        raise ValueError(text)
    return host.strip("[]"), int(port)


def is_sentinel(url: str) -> bool:
    """Whether the address is one of a master behind Sentinel."""
    return url.partition("://")[0].endswith("+sentinel")


def shards(urls: str) -> list[str]:
    """The addresses of ``REDIS_URL``, one for each shard."""
    return [url.strip() for url in urls.split(";") if url.strip()]


def channel_hosts(urls: str, **options: Any) -> list[dict[str, Any]]:
    """``hosts`` of the channel layer's settings (https://github.com/django/channels_redis#hosts)."""
    return [channel_host(url, options) for url in shards(urls)]


def channel_host(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """A shard; ``options`` are those of its connections."""
    if not is_sentinel(url):
        return {"address": url, **options}
    known = Sentinels.parse(url)
    return {
        "sentinels": list(known.nodes),
        "master_name": known.master_name,
        "sentinel_kwargs": {**known.sentinel, "socket_connect_timeout": 1, "socket_timeout": 1},
        **known.connection,
        **options,
    }


def broker(urls: str) -> tuple[str, dict[str, Any]]:
    """Celery's ``broker_url`` and transport options for the first shard."""
    url = (shards(urls) or [""])[0]
    if not is_sentinel(url):
        return url, {}
    known = Sentinels.parse(url)
    options = {**known.connection}
    database = options.pop("db", 0)
    login = ":".join(quote(str(options.pop(name, "")), safe="") for name in ("username", "password"))
    at = f"{login}@" if login.strip(":") else ""
    url = ";".join(f"sentinel://{at}{host}:{port}/{database}" for host, port in known.nodes)
    return url, {"master_name": known.master_name, "sentinel_kwargs": dict(known.sentinel), **options}


def client(urls: str, *, seconds: float) -> "Redis":
    """A client of the first shard, which waits at most so long for a connection and for an answer, and tries once."""
    bounds: dict[str, Any] = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    once = Retry(NoBackoff(), 0)
    url = shards(urls)[0]
    if not is_sentinel(url):
        return Redis.from_url(url, retry=once, **bounds)
    known = Sentinels.parse(url)
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]  # it has no types
        list(known.nodes), sentinel_kwargs={**known.sentinel, **bounds, "retry": once}
    )
    master: Redis = sentinel.master_for(known.master_name, retry=once, **known.connection, **bounds)
    return master


def check(url: str) -> None:
    """Check the address of a master behind Sentinel.

    Raises:
        ValueError: it is not one.
    """
    Sentinels.parse(url)
