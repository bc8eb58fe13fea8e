"""On PostgreSQL, orders are found by any three characters of their search text, by an index of each tenant's trigrams.

Row-level security hides the index from LIKE: that might tell of rows, by an error, before the policy has taken them away,
so PostgreSQL asks the policy first, of every row. But a restrictive policy is asked before all others. The function
:func:`orders_mentioning` therefore gives its words to a policy of the tables' owner, and runs as the owner, whom the
policy of the tenant's rows binds, too. The index has the tenant in it: nothing of another tenant's rows is read.
"""

from typing import Any

from django.db import Error, ProgrammingError, migrations, transaction

from tenants.db.functions import FIXED_PATH, private, run_in_schema_of
from tenants.db.migration_operations import RunStatements, unbounded
from tenants.db.row_security import TENANT

INDEX = "order_by_trigrams"
EXTENSIONS = ("pg_trgm", "btree_gin")
PENDING = "WITH (gin_pending_list_limit = 512)"
"""In kB. New orders are put into the index a few hundred at a time, and each search reads those that wait one by one."""
REFUSED = """\
The extension {name} is missing, and this login may not create it, or the server does not have it ({error}).
Install PostgreSQL's "contrib" package if there is none, and have an administrator run in this database, once:
    CREATE EXTENSION {name};
Then migrate again. Orders are searched by it."""
MISSING = "SELECT NOT EXISTS (SELECT FROM pg_extension WHERE extname = %s)"
TRIGRAMS = """
SELECT quote_ident(nspname) FROM pg_opclass JOIN pg_namespace n ON n.oid = opcnamespace JOIN pg_am a ON a.oid = opcmethod
WHERE opcname = 'gin_trgm_ops' AND amname = 'gin'
"""
UNFINISHED = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid)"
WORDS = [f"app.word_{number}" for number in (1, 2, 3)]
POLICY = f"""
CREATE POLICY words_first ON OUR_SCHEMA.orders_order AS RESTRICTIVE FOR SELECT TO CURRENT_USER USING (
    {" AND ".join(f"search_text LIKE coalesce(nullif(current_setting('{word}', true), ''), '%')" for word in WORDS)}
)
"""
MINE = f"FROM OUR_SCHEMA.orders_order WHERE tenant_id = {TENANT}"
# EXECUTE, so that each search is planned for its words. Words that six of the newest thousand orders mention are not worth
# a search: the index would give nearly all orders, and a reader that goes on from the newest finds a page of them at once.
FIND = f"""
CREATE FUNCTION OUR_SCHEMA.orders_mentioning(words text[], most integer) RETURNS uuid[] LANGUAGE plpgsql
    SECURITY DEFINER {FIXED_PATH}
AS $$
DECLARE
    patterns text[] := ARRAY(
        SELECT '%' || replace(replace(replace(word, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'
        FROM unnest(words) AS word ORDER BY length(word) DESC
    );
    found uuid[];
BEGIN
    IF (
        SELECT count(*) > 5 FROM (SELECT search_text {MINE} ORDER BY created_at DESC, id DESC LIMIT 1000) AS newest
        WHERE search_text LIKE ALL (patterns)
    ) THEN
        RETURN NULL;
    END IF;
    PERFORM {", ".join(f"set_config('{word}', coalesce(patterns[{n}], ''), true)" for n, word in enumerate(WORDS, 1))};
    EXECUTE $find$
        SELECT array_agg(id) FROM (SELECT id {MINE} AND search_text LIKE ALL ($1) LIMIT $2 + 1) AS few
    $find$ INTO found USING patterns, most;
    PERFORM {", ".join(f"set_config('{word}', '', true)" for word in WORDS)};
    RETURN CASE WHEN cardinality(found) > most THEN NULL ELSE coalesce(found, '{{}}') END;
END
$$
"""
FORWARD = [POLICY, FIND, *private("orders_mentioning(text[], integer)")]
BACKWARD = [
    "DROP FUNCTION OUR_SCHEMA.orders_mentioning(text[], integer)",
    "DROP POLICY words_first ON OUR_SCHEMA.orders_order",
]


def first(schema_editor: Any, statement: str, *arguments: str) -> Any:
    """The first column of the statement's first row."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        row = cursor.fetchone()
        return row and row[0]


def make_index(apps: object, schema_editor: Any) -> None:
    """Build the index while orders come in; a build that was interrupted begins again.

    Raises:
        ProgrammingError: an extension is missing and cannot be created; the message says what to do.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in EXTENSIONS:
        if first(schema_editor, MISSING, name):
            try:
                schema_editor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            except Error as error:
                said = str(error).strip().splitlines()[0]
                raise ProgrammingError(REFUSED.format(name=name, error=said)) from error
    with unbounded(schema_editor):
        if first(schema_editor, UNFINISHED, INDEX):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {INDEX}")
        trigrams = f"search_text {first(schema_editor, TRIGRAMS)}.gin_trgm_ops"
        schema_editor.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON orders_order USING gin (tenant_id, {trigrams}) {PENDING}"
        )


def drop_index(apps: object, schema_editor: Any) -> None:
    """The extensions stay: they may be others', too."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")


def make_function(apps: object, schema_editor: Any) -> None:
    """The policy and the function, both or none."""
    with transaction.atomic(schema_editor.connection.alias):
        run_in_schema_of("orders_order", FORWARD)(apps, schema_editor)


def drop_function(apps: object, schema_editor: Any) -> None:
    """Both or none."""
    with transaction.atomic(schema_editor.connection.alias):
        run_in_schema_of("orders_order", BACKWARD)(apps, schema_editor)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0006_notice_more_bypasses")]
    operations = [
        RunStatements(make_index, drop_index),
        RunStatements(make_function, drop_function),
    ]
