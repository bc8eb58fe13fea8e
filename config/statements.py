"""The time limit of statements in a process that answers clients."""

from typing import Any


def bound_statements(database: dict[str, Any], seconds: float) -> None:
    """Make PostgreSQL end each statement after ``seconds``, on connections that are opened later.

    For statements that no caller cancels: those of REST, the admin, a server that was killed. The deployment's own
    limit is kept. Commands, workers and dispatchers have no limit.
    """
    if database["ENGINE"] != "tenants.db.backend":
        return
    options = database["OPTIONS"]
    given = options.get("options", "")
    if "statement_timeout" not in given:
        options["options"] = f"-c statement_timeout={int(seconds * 1000)} {given}".strip()
