"""PostgreSQL or Redis restarts, or a host is cut off from them: nothing is lost or doubled, and all goes on soon."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.e2e.shop import Shop
from tests.environment import report_key
from tests.faults.traffic import Traffic
from tests.production.dashboards import Dashboards
from tests.production.hosts import Hosts, Server, hosts

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.measures_time, pytest.mark.usefixtures("quiet_clients")]
SOCKETS = 20
FIRST_ANSWER_SECONDS = 2.0
REST_SECONDS = (0.1, 0.3)
LONG_REST_SECONDS = (0.6, 1.0)
"""For a minute of orders at two hosts, or with a thousand dashboards: the system must keep up with them."""
MANY_SOCKETS = 1_000
CAUGHT_UP_SECONDS = 10.0
INTERNAL_ERROR = "1011"
CUT_OFF_SECONDS = 10.0
NOISE_SECONDS = 0.05


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Two web processes behind a proxy, a dispatcher and a worker."""
    with hosts(tmp_path_factory.mktemp("production"), workers=1, apart=True) as system:
        request.config.stash[report_key].used(f"{system.describe()}, a host behind {system.web[0].place.describe()}")
        yield system


@contextmanager
def ordering(shop: Shop, name: str, rest_seconds: tuple[float, float] = REST_SECONDS) -> Iterator[Traffic]:
    """Clients that order until the end of the block, and have all their answers then."""
    with Traffic(shop, name, seed=name, backlog=lambda: 0, rest_seconds=rest_seconds) as traffic:
        traffic.place(10)
        yield traffic
        traffic.place(10)
        traffic.close()


async def test_postgresql_restart_is_followed_by_an_answer_soon(system: Hosts) -> None:
    first = await asyncio.to_thread(system.settled_head) + 1
    async with Dashboards([host.shop for host in system.web], SOCKETS) as dashboards:
        traffic, returned = await asyncio.to_thread(without_postgresql, system)
        head = await asyncio.to_thread(system.settled_head)
        await dashboards.have_seen(head)
    soon = min(at for client in traffic.clients for at, _ in client.answers if at > returned) - returned

    print(
        f"\n{traffic.orders} orders; lost answers: {dict(traffic.lost)}; the first answer {soon:.2f} s after the return"
    )
    system.assert_orders("postgresql-%", traffic.orders)
    dashboards.assert_each_once_and_in_order(first, head)
    assert soon <= FIRST_ANSWER_SECONDS


def without_postgresql(system: Hosts) -> tuple[Traffic, float]:
    """Stop PostgreSQL under load, and start it again; also the moment of its return."""
    with ordering(system.shop, "postgresql") as traffic:
        system.postgres.stop()
        time.sleep(1)  # It is away for a while; there is no answer to wait for.
        system.postgres.start()
        returned = time.monotonic()
    return traffic, returned


async def test_redis_restart_is_caught_up_with_soon_and_ends_no_socket(system: Hosts) -> None:
    first = await asyncio.to_thread(system.settled_head) + 1
    async with Dashboards([host.shop for host in system.web], MANY_SOCKETS) as dashboards:
        traffic, returned, newest = await asyncio.to_thread(without_redis, system)
        head = await asyncio.to_thread(system.settled_head)
        await dashboards.have_seen(head)
    late = dashboards.caught_up(newest, returned)

    print(f"\n{traffic.orders} orders; ends {dict(dashboards.ends)}; caught up {late:.2f} s after the return")
    system.assert_orders("redis-%", traffic.orders)
    dashboards.assert_each_once_and_in_order(first, head)
    assert late <= CAUGHT_UP_SECONDS
    assert dashboards.ends[INTERNAL_ERROR] == 0


def without_redis(system: Hosts) -> tuple[Traffic, float, int]:
    """Stop Redis under load, and start it again; also the moment of its return, and the newest event then."""
    with ordering(system.shop, "redis", LONG_REST_SECONDS) as traffic:
        system.redis.stop()
        time.sleep(3)  # As long as a restart takes; there is no answer to wait for.
        system.redis.start()
        returned, newest = time.monotonic(), system.newest()
    return traffic, returned, newest


@pytest.mark.parametrize("servers", [["Redis"], ["PostgreSQL"], ["PostgreSQL", "Redis"]], ids="-and-".join)
async def test_a_host_that_is_cut_off_loses_nothing_and_slows_no_other(system: Hosts, servers: list[Server]) -> None:
    first = await asyncio.to_thread(system.settled_head) + 1
    async with Dashboards([host.shop for host in system.web], SOCKETS) as dashboards:
        outage = await asyncio.to_thread(cut_off, system, servers)
        head = await asyncio.to_thread(system.settled_head)
        await dashboards.have_seen(head)
    late = dashboards.caught_up(outage.newest, outage.ended)
    before, during = (p95(outage.others, *times) for times in outage.times)

    print(f"\n{outage.cut_off.orders} orders at the host, {outage.others.orders} at the other; lost answers: ", end="")
    print(f"{dict(outage.cut_off.lost)} and {dict(outage.others.lost)}; ends {dict(dashboards.ends)}")
    print(f"the other's p95 {before:.3f} s before, {during:.3f} s meanwhile; caught up {late:.2f} s after the end")
    system.assert_orders(f"cut-off-from-{customers_of(servers)}-%", outage.cut_off.orders)
    system.assert_orders(f"beside-{customers_of(servers)}-%", outage.others.orders)
    dashboards.assert_each_once_and_in_order(first, head)
    assert not outage.others.lost
    assert during <= 2 * before + NOISE_SECONDS
    assert late <= CAUGHT_UP_SECONDS


@dataclass
class Outage:
    """The results of the clients of both hosts during an outage of the first host."""

    cut_off: Traffic
    others: Traffic
    began: float
    ended: float
    newest: int
    """The newest event at its end."""

    @property
    def times(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """As long before the outage, and the outage."""
        return (2 * self.began - self.ended, self.began), (self.began, self.ended)


def customers_of(servers: list[Server]) -> str:
    """The beginning of the customers' names; no other outage's names begin like this."""
    return "+".join(servers)


def cut_off(system: Hosts, servers: list[Server]) -> Outage:
    """Cut the first host off from the servers under load at both."""
    host, other = system.web
    names = customers_of(servers)
    with (
        ordering(other.shop, f"beside-{names}", LONG_REST_SECONDS) as others,
        ordering(host.shop, f"cut-off-from-{names}", LONG_REST_SECONDS) as traffic,
    ):
        time.sleep(CUT_OFF_SECONDS)  # To compare with.
        with host.cut_off(*servers):
            began = time.monotonic()
            time.sleep(CUT_OFF_SECONDS)
        ended, newest = time.monotonic(), system.newest()
    return Outage(traffic, others, began, ended, newest)


def p95(traffic: Traffic, begin: float, end: float) -> float:
    """The time that all but a twentieth of the answers between these moments took at most, in seconds."""
    took = [seconds for client in traffic.clients for at, seconds in client.answers if begin <= at < end]
    return statistics.quantiles(took, n=20)[-1]
