"""Counts the SQL statements of one ``createOrder``, in a process of its own and without a server.

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
from benchmarks.peers.systems import run

BOOKKEEPING = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET ")
WARM_ORDERS = 3


def statements_of_order(place: Place, application: str, *, in_the_request: bool) -> int:
    """How many statements a warm ``createOrder`` executes in this application, without its transactions' ends.

    With ``in_the_request`` what the dispatcher does afterwards, for one order alone, is left out.
    """
    operations = place.system.operations
    bodies = [
        {"query": operations.create_order, "variables": operations.order(next(place.numbers))}
        for _ in range(WARM_ORDERS + 1)
    ]
    call = orjson.dumps({"path": place.system.path, "headers": place.headers, "bodies": bodies}).decode()
    how = {"EVENTS_DRIVER": "relay"} if in_the_request else {"EVENTS_DISPATCH": "inline"}
    counted = run("benchmarks.load.statement_count", application, call, environment={**place.environment, **how})
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
    """Note each statement that any connection of this process executes from now on."""

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
