"""The roles in PostgreSQL: the tables' owner migrates, the system runs as a role that owns nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType

from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper

from tenants.db.backend.base import RELAY_ROLE

STANDING = f"""
SELECT current_user,
       rolsuper OR rolbypassrls,
       EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('orders_order') AND pg_has_role(relowner, 'MEMBER')),
       EXISTS (SELECT FROM pg_roles WHERE rolname = '{RELAY_ROLE}' AND pg_has_role(oid, 'MEMBER')),
       has_database_privilege(current_database(), 'TEMPORARY') OR has_database_privilege(current_database(), 'CREATE')
           OR EXISTS (SELECT FROM unnest(current_schemas(false)) AS schema WHERE has_schema_privilege(schema, 'CREATE'))
FROM pg_roles WHERE rolname = current_user
"""  # noqa: S608  # a constant

CALLED = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE prosecdef AND prorettype <> 'trigger'::regtype AND pg_has_role(proowner, 'USAGE')
    AND pronamespace = current_schema()::regnamespace
"""
"""The owner's functions that the system calls. Triggers' functions are not among them."""


@dataclass(frozen=True, slots=True)
class LoginRights:
    """The rights that the database grants us."""

    user: str
    passes_policies: bool
    owns_tables: bool
    may_find_work: bool
    may_create: bool
    """Tables, temporary ones among them, or functions."""


def login_rights() -> LoginRights:
    """Our login and role; PostgreSQL only."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        row = cursor.fetchone()
    return LoginRights(*row)


@contextmanager
def as_owner(owner: Mapping[str, object]) -> Iterator[None]:
    """Be connected, on this thread, as the tables' owner inside: by these settings, if there are any."""
    if not owner:
        yield
        return
    with without_pool(owner):
        yield


@contextmanager
def without_pool(changes: Mapping[str, object] = MappingProxyType({})) -> Iterator[None]:
    """Context manager: a separate connection on this thread, with changed settings; the pool is not used."""
    connection.close()
    given = connection.settings_dict
    options = {name: value for name, value in given["OPTIONS"].items() if name != "pool"}
    connection.settings_dict = {**given, **changes, "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = given


def grant(role: str) -> list[str]:
    """Let a role read and write the rows of our tables, by the policies, and become the relay's; a repeat is harmless.

    It may neither change nor empty a table, nor create anything; in the tables of a model with ``LOGIN_MAY`` it may do
    that alone. To be run by the tables' owner. Returns the statements that only an administrator may run.
    """
    quoted = connection.ops.quote_name(role)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in rights_of(quoted):
            cursor.execute(statement)
        cursor.execute(f"GRANT SELECT ON django_migrations TO {quoted}")
        cursor.execute(CALLED)
        for (function,) in cursor.fetchall():
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {quoted}")
        cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [role, RELAY_ROLE])
        if cursor.fetchone() != (True,):
            cursor.execute(f"GRANT {RELAY_ROLE} TO {quoted}")
        return [*refuse_to_create(cursor, role)]


def rights_of(role: str) -> Iterator[str]:
    """Statements that give a role (quoted) the rights that the system needs in our tables, and take all others."""
    limited = {model._meta.db_table: model.LOGIN_MAY for model in apps.get_models() if hasattr(model, "LOGIN_MAY")}
    names = connection.introspection.django_table_names(only_existing=True)
    tables = ", ".join(connection.ops.quote_name(name) for name in names if name not in limited)
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}"
    for name in limited.keys() & {*names}:
        table = connection.ops.quote_name(name)
        yield f"REVOKE ALL ON {table} FROM {role}"
        yield f"GRANT {', '.join(limited[name])} ON {table} TO {role}"


def refuse_to_create(cursor: CursorWrapper, role: str) -> Iterator[str]:
    """Let neither the role nor PUBLIC create anything in this database; yields the statements that had no effect.

    A role that may create a function can try to have others run it in place of the function that they mean.
    """
    cursor.execute("SELECT current_database(), current_schema()")
    quoted, (database, schema) = connection.ops.quote_name(role), map(connection.ops.quote_name, cursor.fetchone())
    for rights, where, has in (
        ("TEMPORARY, CREATE", f"DATABASE {database}", "has_database_privilege(%s, current_database(), %s)"),
        ("CREATE", f"SCHEMA {schema}", "has_schema_privilege(%s, current_schema(), %s)"),
    ):
        statement = f"REVOKE {rights} ON {where} FROM PUBLIC, {quoted}"
        with suppress(ProgrammingError), transaction.atomic():
            cursor.execute(statement)  # PostgreSQL only warns if we own the tables and not the database.
        cursor.execute(f"SELECT {has}", [role, rights])  # constants
        if cursor.fetchone() != (False,):
            yield f"{statement};"
