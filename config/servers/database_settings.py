"""The settings of databases: SQLite in a folder, or PostgreSQL as the environment names it."""

from pathlib import Path
from typing import Any

from config.environment import Environment


def embedded_database(folder: Path) -> dict[str, Any]:
    """SQLite for many threads: one writer that waits its turn, readers that never do."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "db.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        },
        "TEST": {"NAME": str(folder / "test.sqlite3")},
    }


def production_database(env: Environment, name: str) -> dict[str, Any]:
    """PostgreSQL through psycopg's pool: under ASGI every request may run on another thread."""
    config = env.db_url(name, engine="tenants.db.backend")
    pool = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=20, least=1), "timeout": 10}
    options = {"pool": pool, "connect_timeout": 5, **config.get("OPTIONS", {})}
    # A process that is frozen within a transaction holds its locks; after this time the server releases them.
    idle = env.int("DATABASE_IDLE_TRANSACTION_SECONDS", default=10)
    bound = f"-c idle_in_transaction_session_timeout={idle * 1000}"
    config["OPTIONS"] = options | {"options": f"{bound} {options.get('options', '')}".strip()}
    return config


def login_of(env: Environment, name: str) -> dict[str, Any]:
    """Another login than the system's own, for commands."""
    known = env.db_url(name, engine="tenants.db.backend")
    return {name: known.get(name) for name in ("USER", "PASSWORD", "HOST", "PORT")}
