"""Web processes bound their statements."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from config import asgi
from config.statements import bound_statements


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({}, "-c statement_timeout=15000"),
        ({"options": "-c lock_timeout=1"}, "-c statement_timeout=15000 -c lock_timeout=1"),
        ({"options": "-c statement_timeout=5"}, "-c statement_timeout=5"),
    ],
)
def test_the_bound_goes_with_the_connection(given: dict[str, str], made: str) -> None:
    database: dict[str, Any] = {"ENGINE": "tenants.db.backend", "OPTIONS": dict(given)}

    bound_statements(database, 15.0)

    assert database["OPTIONS"]["options"] == made


def test_sqlite_has_none() -> None:
    database: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}

    bound_statements(database, 15.0)

    assert database["OPTIONS"] == {}


@pytest.mark.django_db
def test_a_web_process_has_the_bound() -> None:
    if connection.vendor != "postgresql":
        return
    seconds = settings.GRAPHQL_DEADLINE_SECONDS + asgi.STATEMENT_GRACE_SECONDS
    assert f"statement_timeout={int(seconds * 1000)}" in connection.settings_dict["OPTIONS"]["options"]
