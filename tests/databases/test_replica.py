"""Reads use a streaming replica, show each client its own writes, and go on without the replica."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack import Production, assert_ends_well, environment_of, is_ready
from tests.servers.processes import wait_until
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.replica import Replica

pytestmark = [pytest.mark.e2e, pytest.mark.long]
CREATE = """
mutation Create($input: CreateOrderInput!) { createOrder(input: $input) { order { id number } userErrors { message } } }
"""
FIND = "query Find($number: String!) { order(by: {number: $number}) { id number lines { sku } } }"
LAG_SECONDS = 1.0
SECONDS = 30


@dataclass
class Web:
    """A web process of the system."""

    address: str
    token: str
    read: dict[str, int] = field(default_factory=dict)

    def get(self, path: str) -> bytes:
        """The body of an address; also of an error."""
        request = urllib.request.Request(f"{self.address}{path}", headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return bytes(answer.read())

    def run(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL operation without errors."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/graphql/", body, headers)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            said = json.load(answer)
        assert "errors" not in said, said
        return dict(said["data"])

    def create(self) -> str:
        """The number of a new order."""
        order = {"customerEmail": "ada@example.com", "lines": [{"sku": "TEA-1", "quantity": 1, "unitPrice": "2.50"}]}
        return str(self.run(CREATE, input=order)["createOrder"]["order"]["number"])

    def shows(self, number: str) -> bool:
        """Whether both APIs show the order."""
        found = self.run(FIND, number=number)["order"]
        page = json.loads(self.get(f"/api/orders/?number={number}"))
        return bool(found and found["lines"] == [{"sku": "TEA-1"}] and len(page["results"]) == 1)

    def reads_since(self) -> dict[str, int]:
        """How many reads each server has had since the last call."""
        found = re.findall(
            r'^database_reads_total\{server="(\w+)"\} (\d+)', self.get("/metrics").decode(), re.MULTILINE
        )
        before, self.read = self.read, {"replica": 0, "primary": 0} | {server: int(number) for server, number in found}
        return {server: number - before.get(server, 0) for server, number in self.read.items()}

    def replica(self) -> str:
        """What /readyz says of the replica; nothing if it is used."""
        check = json.loads(self.get("/readyz"))["checks"]["replica"]
        return "" if check["ok"] else str(check["error"])

    def wait_for_replica(self, says: Callable[[str], bool]) -> None:
        """Wait until /readyz says this of the replica."""
        wait_until(lambda: says(self.replica()), timeout_seconds=SECONDS, what="another state of the replica")


@contextmanager
def two_webs(directory: Path, primary: PostgresServer, replica_url: Callable[[str], str]) -> Iterator[tuple[Web, Web]]:
    """Two web processes of one system."""
    with RedisServer() as redis, ExitStack() as stack:
        services = environment_of(primary.logins, redis.environment)
        stacks = [Production(directory, "uvicorn", services) for _ in range(2)]
        token = stacks[0].prepare().token or ""
        reading = {"DATABASE_REPLICA_URL": replica_url(services["DATABASE_URL"])}
        webs = []
        for number, one in enumerate(stacks):
            one.services = services | reading | {"DATABASE_REPLICA_LAG_SECONDS": str(LAG_SECONDS)}
            process = one.processes()[-1]
            process.name = f"web-{number}"
            process.start()
            stack.callback(assert_ends_well, process)
            web = Web(f"http://127.0.0.1:{one.port}", token)
            webs.append((process, web))
        for process, web in webs:
            process.wait_until_ready(lambda web=web: is_ready(web.address), timeout_seconds=60)
        yield webs[0][1], webs[1][1]


def is_used(said: str) -> bool:
    """Whether the replica is used."""
    return said == ""


def test_reads_use_the_replica_and_never_miss_what_the_tenant_has_written(tmp_path: Path) -> None:
    with (
        PostgresServer(own=True) as primary,
        Replica(primary) as replica,
        two_webs(tmp_path, primary, replica.url_of) as webs,
    ):
        one, other = webs
        other.wait_for_replica(is_used)
        assert all(other.shows(one.create()) for _ in range(20))

        number = one.create()
        wait_until(lambda: has_all(primary, replica), timeout_seconds=SECONDS, what="the replica to have all")
        other.reads_since()
        assert all(other.shows(number) for _ in range(10))
        assert other.reads_since() == {"replica": 20, "primary": 0}

        replica.run("SELECT pg_wal_replay_pause()")
        number = one.create()
        assert other.shows(number)
        assert other.reads_since() == {"replica": 0, "primary": 2}
        one.create()
        other.wait_for_replica(lambda said: "s behind" in said)
        replica.run("SELECT pg_wal_replay_resume()")
        other.wait_for_replica(is_used)
        assert other.shows(number)
        assert other.reads_since() == {"replica": 2, "primary": 0}

        replica.process.freeze()
        assert all(other.shows(number) for _ in range(3))
        other.wait_for_replica(lambda said: "not answer" in said)
        replica.process.thaw()
        other.wait_for_replica(is_used)

        replica.process.kill()
        assert other.shows(one.create())
        other.wait_for_replica(lambda said: "not answer" in said)
        replica.start()
        other.wait_for_replica(is_used)
        other.reads_since()
        assert other.shows(number)
        assert other.reads_since() == {"replica": 2, "primary": 0}


def has_all(primary: PostgresServer, replica: Replica) -> bool:
    """Whether the replica has replayed all that the primary has written."""
    [(position,)] = primary.rows("SELECT pg_current_wal_lsn()::text")
    return replica.run(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == [(True,)]


def test_a_server_that_is_no_replica_is_left_out(tmp_path: Path) -> None:
    with PostgresServer() as primary, two_webs(tmp_path, primary, lambda url: url) as (one, other):
        other.wait_for_replica(lambda said: "not a replica" in said)
        assert other.shows(one.create())
        assert other.reads_since() == {"replica": 0, "primary": 2}
