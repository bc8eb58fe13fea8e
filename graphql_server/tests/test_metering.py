"""The statements of an operation count, whichever database they run on."""

from pathlib import Path

import pytest
from django.db import connection, connections

from graphql_server.execution.metering import metered
from tests.schema.databases import another_database


@pytest.mark.django_db
def test_statements_on_every_database_count(tmp_path: Path) -> None:
    with another_database(tmp_path, None) as replica:
        with metered() as meter:
            for database in (connection, replica):
                with database.cursor() as cursor:
                    cursor.execute("SELECT 1")
        with replica.cursor() as cursor:
            cursor.execute("SELECT 1")

        assert meter.statements == 2
        assert meter not in connections[replica.alias].execute_wrappers
