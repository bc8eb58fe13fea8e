"""How long a statement may take in a process that answers clients."""

from typing import Any


def bound_statements(database: dict[str, Any], seconds: float) -> None:
    """Have PostgreSQL give up on each statement after ``seconds``, on connections that are not open yet.

    For whatever is not cancelled by who waits for it: REST, the admin, a server that was killed. A bound of the
    deployment's own is left as it is. Commands, workers and relays have none.
    """
    if database["ENGINE"] != "tenants.db.backend":
        return
    options = database["OPTIONS"]
    given = options.get("options", "")
    if "statement_timeout" not in given:
        options["options"] = f"-c statement_timeout={int(seconds * 1000)} {given}".strip()
