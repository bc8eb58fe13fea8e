"""What an operation is charged for: its statements, whichever database they run on, and the time waited for them."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, connections

from graphql_server.execution import metering
from graphql_server.execution.metering import Meter, metered
from tests.schema.databases import another_database
from tests.servers.database_roles import DatabaseRoles


@pytest.mark.django_db
def test_statements_on_every_database_count(tmp_path: Path, database_roles: DatabaseRoles | None) -> None:
    with another_database(tmp_path, database_roles) as replica:
        with metered() as meter:
            for database in (connection, replica):
                with database.cursor() as cursor:
                    cursor.execute("SELECT 1")
        with replica.cursor() as cursor:
            cursor.execute("SELECT 1")

        assert meter.statements == 2
        assert meter not in connections[replica.alias].execute_wrappers


@pytest.mark.parametrize(
    ("server", "charged"),
    [(SimpleNamespace(closed=False), 10), (SimpleNamespace(closed=True), 0), (None, 0)],
    ids=["cancelled", "lost", "not reached"],
)
def test_the_wait_for_a_server_that_has_gone_is_not_charged(
    server: object, charged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock: Iterator[int] = count(step=10)
    monkeypatch.setattr(metering, "perf_counter", lambda: next(clock))

    def fails(*_: object) -> None:
        raise OperationalError

    meter = Meter()
    with pytest.raises(OperationalError):
        meter(fails, "SELECT 1", None, False, {"cursor": object(), "connection": SimpleNamespace(connection=server)})

    assert meter.seconds == pytest.approx(charged, abs=1)
