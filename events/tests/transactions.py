"""Transactions of another session, open during a test (PostgreSQL)."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg.types.json import Json

INSERT = """
    INSERT INTO events_event (id, tenant_id, type, schema_version, order_id, order_version, payload, actor,
                              request_id, traceparent, occurred_at)
    VALUES (%s, %s, %s, 1, %s, 1, %s, 'another', '', '', now())
"""


class Transaction:
    """A separate database session, which begins a transaction with its first statement."""

    def __init__(self, session: psycopg.Connection, tenant_id: uuid.UUID) -> None:
        self.session, self.tenant_id = session, tenant_id
        self.commit, self.rollback = session.commit, session.rollback

    def insert_event(self, event_type: str) -> uuid.UUID:
        """Insert an event, as a service would; return its id."""
        event_id = uuid.uuid4()
        self.session.execute("SELECT set_config('app.tenant_id', %s, true)", [str(self.tenant_id)])
        self.session.execute(INSERT, [event_id, self.tenant_id, event_type, uuid.uuid4(), Json({})])
        return event_id


@contextmanager
def other_transaction(tenant_id: uuid.UUID) -> Iterator[Transaction]:
    """A session beside the test's own; its uncommitted changes are rolled back."""
    known = connection.get_connection_params()
    names = {"host", "port", "user", "password", "dbname"}
    with psycopg.connect(**{name: value for name, value in known.items() if name in names}) as session:
        try:
            yield Transaction(session, tenant_id)
        finally:
            session.rollback()
