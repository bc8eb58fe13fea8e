"""What the previous release reads and writes: its tables and columns, kept in ``released.json``.

At a release, renew it from a migrated database: ``python -m tests.databases.released``. What no release reads any more
may be dropped in the release after.
"""

import json
from pathlib import Path
from typing import Any, Final

RELEASED: Final = Path(__file__).with_name("released.json")
Tables = dict[str, dict[str, list[Any]]]
"""By table and column: the type, and whether a row may be inserted without it."""
COLUMNS: Final = """
SELECT table_name, column_name, data_type,
       is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, column_name
"""


def tables_of(database: Any) -> Tables:
    """The tables of a database."""
    found: Tables = {}
    with database.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind, is_free in cursor.fetchall():
            found.setdefault(table, {})[column] = [kind, is_free]
    return found


def refused(released: Tables, now: Tables) -> list[str]:
    """Why the previous release could not work on these tables, in sentences."""
    found = []
    for table, columns in released.items():
        if table not in now:
            found.append(f"the table {table} is gone: the previous release reads it. Drop it in the release after.")
            continue
        for column, (kind, _) in columns.items():
            if column not in now[table]:
                found.append(f"{table}.{column} is gone: the previous release reads it. Drop it in the release after.")
            elif now[table][column][0] != kind:
                found.append(f"{table}.{column} was {kind} in the previous release, and is {now[table][column][0]}.")
        found += [
            f"{table}.{column} is new, and NOT NULL without a default: the previous release can't insert a row."
            for column, (_, is_free) in now[table].items()
            if column not in columns and not is_free
        ]
    return found


def main() -> None:
    """Renew the file from the database of ``DATABASE_URL``."""
    import django

    django.setup()
    from django.db import connection

    lines = (f"{json.dumps(table)}: {json.dumps(columns)}" for table, columns in tables_of(connection).items())
    RELEASED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
