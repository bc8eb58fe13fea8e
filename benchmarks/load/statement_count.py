"""Counts the SQL statements of one ``createOrder``, in a separate process and without a server.

``python -m benchmarks.load.statement_count APPLICATION CALL`` sends the bodies of ``CALL`` (JSON: path, headers,
bodies) to the application and prints the statements of the last one.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import httpx
import orjson
from django.db.backends.signals import connection_created
from django.utils.module_loading import import_string

from benchmarks.load.contestants import Place
from benchmarks.peers.systems import Application

BOOKKEEPING = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET ")
WARM_ORDERS = 3


def statements_of_order(place: Place, system: Application) -> int:
    """How many statements a warm ``createOrder`` executes in this application, without its transactions' ends.

    The dispatcher's statements are not counted: it takes many orders at a time.
    """
    operations = system.operations
    bodies = [
        {"query": operations.create_order, "variables": operations.order(next(place.numbers))}
        for _ in range(WARM_ORDERS + 1)
    ]
    call = orjson.dumps({"path": system.path, "headers": place.headers, "bodies": bodies}).decode()
    environment = {**place.environment, "EVENTS_DRIVER": "relay"}
    counted = system.tree.run("benchmarks.load.statement_count", system.application, call, environment=environment)
    return len(orjson.loads(counted))


async def statements_of(application: Any, call: dict[str, Any], seen: list[str]) -> None:
    """Send the bodies one after the other, and leave the statements of the last in ``seen``.

    Raises:
        httpx.HTTPStatusError: an answer was no success.
    """
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=call["headers"]) as client:
        for body in call["bodies"]:
            seen.clear()
            (await client.post(call["path"], json=body)).raise_for_status()


def watch(seen: list[str]) -> None:
    """Record each statement that any connection of this process executes from now on."""

    def note(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(BOOKKEEPING):
            seen.append(sql)
        return execute(sql, parameters, many, context)

    def on_connected(connection: Any, **_: Any) -> None:
        if note not in connection.execute_wrappers:  # They outlive the connection, and this is called for each.
            connection.execute_wrappers.append(note)

    connection_created.connect(on_connected, weak=False)


if __name__ == "__main__":
    statements: list[str] = []
    watch(statements)
    application = import_string(sys.argv[1].replace(":", "."))
    asyncio.run(statements_of(application, orjson.loads(sys.argv[2]), statements))
    print(orjson.dumps(statements).decode())
