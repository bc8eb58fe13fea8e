"""On PostgreSQL, functions that run as the tables' owner run our code alone, whatever the application's login creates.

The login tries with every table, view, type, function and operator that it could create if it were allowed: the tests
give it back the right to create temporary ones, which ``migrate`` takes.
"""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from orders.models import Bypass, Order
from tenants.db.checks import check_database_login
from tenants.db.roles import grant, login_rights
from tenants.models import Tenant
from tests.factories import line, place_order
from tests.servers.database_roles import DatabaseRoles

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

OURS = """
SELECT p.oid::regprocedure::text, prosecdef, proconfig, has_function_privilege('public', p.oid, 'EXECUTE'),
    pg_get_userbyid(proowner)
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(temp|toast)'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
"""
"""Every function of the database that is not PostgreSQL's or an extension's."""
SPY = """
CREATE FUNCTION pg_temp.spy() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('spy.seen', coalesce(current_setting('spy.seen', true), '') || ' ' || current_user, false);
    RETURN true;
END
$$
"""
NAMES = [
    *("orders_order", "orders_orderline", "orders_bypass", "orders_idempotencyrecord"),
    *("events_event", "events_delivery", "events_stream", "tenants_tenant", "audit_auditlog", "audit_audithead"),
]
FUNCTIONS = [
    "set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT pg_temp.spy()::text'",
    "current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT pg_temp.spy()::text'",
    "current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT pg_temp.spy()::text'",
    "to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS 'SELECT to_json(pg_temp.spy())::jsonb'",
    "jsonb_each(jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT to_json(pg_temp.spy())::jsonb'",
    "age(xid) RETURNS integer LANGUAGE sql AS 'SELECT pg_temp.spy()::int'",
    "orders_agrees(uuid, uuid, boolean) RETURNS boolean LANGUAGE sql AS 'SELECT pg_temp.spy()'",
    "orders_note_bypass(uuid, uuid, text, jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT pg_temp.spy()'",
    "texts(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT pg_temp.spy()'",
    "uuids(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT pg_temp.spy()'",
    "numerics(numeric, numeric) RETURNS boolean LANGUAGE sql AS 'SELECT pg_temp.spy()'",
]
OPERATORS = [
    *(f"{sign} (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.texts)" for sign in ("=", "<>", "||", "~~")),
    "= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = pg_temp.uuids)",
    "= (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = pg_temp.numerics)",
]


@pytest.fixture
def session(database_roles: DatabaseRoles) -> Iterator[psycopg.Connection]:
    """A session of the application's login, in the demo tenant, which may create temporary objects once again."""
    name = str(connection.settings_dict["NAME"])
    with database_roles.administration() as database:
        database.execute(f'GRANT TEMPORARY ON DATABASE "{name}" TO "{database_roles.app}"')
        database.execute(f'GRANT UPDATE ON events_event TO "{database_roles.app}"')
        try:
            with psycopg.connect(database_roles.url(database_roles.app, name), autocommit=True) as login:
                login.execute("SELECT set_config('app.tenant_id', %s, false)", [str(Tenant.objects.get().pk)])
                login.execute(SPY)
                yield login
        finally:
            database.execute(f'REVOKE TEMPORARY ON DATABASE "{name}" FROM "{database_roles.app}"')
            database.execute(f'REVOKE UPDATE ON events_event FROM "{database_roles.app}"')
            database.execute(f'GRANT UPDATE (sequence, numbered_at) ON events_event TO "{database_roles.app}"')


def seen(session: psycopg.Connection) -> set[str]:
    """The logins that have run the spy."""
    row = session.execute("SELECT coalesce(current_setting('spy.seen', true), '')").fetchone()
    return set(row[0].split()) if row else set()


def shadow(session: psycopg.Connection) -> None:
    """Create temporary views over all of our tables, and functions and operators with PostgreSQL's own names."""
    for name in NAMES:
        session.execute(f"CREATE TEMPORARY VIEW {name} AS SELECT * FROM public.{name} WHERE pg_temp.spy()")
    for function in FUNCTIONS:
        session.execute(f"CREATE FUNCTION pg_temp.{function}")
    for operator in OPERATORS:
        session.execute(f"CREATE OPERATOR pg_temp.{operator}")


def writes(order: Order) -> list[str]:
    """A statement for each trigger of our tables, and for each function that the login may call."""
    ids = f"'{order.tenant_id}', '{order.id}'"
    added = "position, sku, name, quantity, unit_price"
    return [
        f"UPDATE public.orders_order SET total = total + 1 WHERE id = '{order.id}'",
        f"UPDATE public.orders_orderline SET quantity = quantity + 1 WHERE order_id = '{order.id}'",
        f"INSERT INTO public.orders_orderline (id, tenant_id, order_id, {added}) "
        f"VALUES (gen_random_uuid(), {ids}, 99, 'A', '', 1, 1)",
        f"DELETE FROM public.orders_orderline WHERE order_id = '{order.id}' AND position = 99",
        "INSERT INTO public.orders_order SELECT (json_populate_record(NULL::public.orders_order, to_json(o)::json)).* "
        f"FROM (SELECT gen_random_uuid() id, 'X' number, {', '.join(COPIED)} FROM public.orders_order LIMIT 1) o",
        "DELETE FROM public.orders_order WHERE number = 'X'",
        "UPDATE public.events_event SET payload = payload || '{}'",
        f"INSERT INTO public.events_event (id, {', '.join(SAID)}) SELECT gen_random_uuid(), {', '.join(SAID)} "
        "FROM public.events_event LIMIT 1",
        "DELETE FROM public.events_event WHERE sequence IS NULL",
        "UPDATE public.audit_audithead SET position = position, hash = hash",
    ]


COPIED = [
    *("tenant_id", "customer_email", "customer_name", "currency", "total", "status", "processing_status", "version"),
    *("metadata", "notes", "tags", "refunded_total", "search_text", "created_at", "updated_at"),
]
SAID = [
    *("tenant_id", "type", "schema_version", "order_id", "order_version", "payload", "actor", "request_id"),
    *("traceparent", "occurred_at"),
]


def test_no_object_of_the_login_runs_as_the_owner(session, database_roles) -> None:
    order = place_order(lines=[line()])
    shadow(session)
    assert session.execute("SELECT count(*) FROM orders_order").fetchone() == (1,)
    assert seen(session) == {database_roles.app}, "the spy is none"

    for path in ("", "pg_temp, pg_catalog, public", "pg_temp, public"):
        session.execute("SELECT pg_catalog.set_config('search_path', %s, false)", [path or '"$user", public'])
        for statement in writes(order):
            session.execute(statement)

    session.execute("RESET search_path")
    assert seen(session) == {database_roles.app}
    assert set(Bypass.objects.values_list("operation", flat=True)) == {
        *("INSERT", "UPDATE", "DELETE", "LINE INSERT", "LINE UPDATE", "LINE DELETE"),
        *("EVENT INSERT", "EVENT UPDATE", "EVENT DELETE"),
    }, "not every trigger ran"


def test_every_function_of_ours_has_the_fixed_path_and_few_callers(database_roles: DatabaseRoles) -> None:
    with database_roles.administration() as database:
        functions = database.execute(OURS).fetchall()
        named = {name.split("(")[0] for name, *_ in functions}
        assert {"orders_notice_bypass", "orders_notice_line_bypass", "orders_notice_added_lines"} < named
        for name, _, config, is_public, owner in functions:
            assert config == ["search_path=pg_catalog, pg_temp"], name
            assert not is_public, name
            assert owner == database_roles.owner, name
        assert sum(is_definer for _, is_definer, *_ in functions) >= 5


def test_no_function_is_of_use_on_a_table_of_the_login(session: psycopg.Connection) -> None:
    """On a table of the attacker's, a trigger's function would write whatever that table contains, for any tenant."""
    session.execute("CREATE TEMPORARY TABLE mine (tenant_id uuid, order_id uuid)")
    for function in ("orders_notice_bypass", "orders_notice_line_bypass", "orders_notice_event_bypass"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(f"CREATE TRIGGER t AFTER DELETE ON mine FOR EACH ROW EXECUTE FUNCTION {function}()")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE TEMPORARY VIEW orders_order AS SELECT 1",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE mine (a int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION citext",
    ],
)
def test_system_cannot_create_anything(statement: str) -> None:
    assert not login_rights().may_create
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_login_that_may_create_something_gives_a_warning(session: psycopg.Connection) -> None:
    assert [message.id for message in check_database_login()] == ["tenants.W003"]


def test_login_that_may_create_nothing_gives_no_warning() -> None:
    assert check_database_login() == []


def test_rights_that_the_owner_may_not_revoke_are_reported(database_roles: DatabaseRoles) -> None:
    """An administrator has reserved the database."""
    name = str(connection.settings_dict["NAME"])
    with database_roles.administration() as database:
        database.execute(f'ALTER DATABASE "{name}" OWNER TO CURRENT_USER')
        database.execute(f'GRANT TEMPORARY ON DATABASE "{name}" TO PUBLIC')
        try:
            database_roles.log_in(database_roles.owner)
            assert grant(database_roles.app) == [
                f'REVOKE TEMPORARY, CREATE ON DATABASE "{name}" FROM PUBLIC, "{database_roles.app}";'
            ]
        finally:
            database.execute(f'ALTER DATABASE "{name}" OWNER TO "{database_roles.owner}"')
            assert grant(database_roles.app) == []
            database_roles.log_in(database_roles.app)
