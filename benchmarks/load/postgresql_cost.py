"""The CPU time of PostgreSQL's backends, from Linux."""

from contextlib import suppress
from pathlib import Path

import psycopg

from benchmarks.load.process_cost import own_cpu_ms

OTHERS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type IN ('client backend', 'parallel worker')
"""


def backends_cpu_ms(database_url: str) -> dict[int, float]:
    """Milliseconds of CPU that each backend of this database has used; none for a server on another machine."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        pids = [pid for (pid,) in connection.execute(OTHERS).fetchall()]
    return {pid: own_cpu_ms(pid) for pid in pids if is_backend(pid)}


def is_backend(pid: int) -> bool:
    """Whether the process with this id, on this machine, is PostgreSQL's."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().startswith("postgres")
    return False
