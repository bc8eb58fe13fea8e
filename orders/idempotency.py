"""Idempotency keys, as Stripe has them: the same key and input give the stored outcome, another input is refused."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, OperationalError, connections
from django.utils import timezone

from orders.errors import KeyInProgress, KeyReused
from orders.models import IdempotencyRecord
from orders.validation import check_key
from tenants.db import sql
from tenants.db.bulk_insert import insert, insert_later

WAIT_MILLISECONDS = 2000
LOCK_NOT_AVAILABLE = "55P03"
VERSION = 2
"""The version of the form in which input is hashed."""
TRIES = 10
"""Attempts to take a key that other calls give up at the same moment."""
BOUND = f"SET LOCAL lock_timeout = {WAIT_MILLISECONDS}"
UNBOUND = "SET LOCAL lock_timeout TO DEFAULT"
KEY_ONCE = "idempotency_key_once"

FIRST_FIELDS = {
    *("lines", "total", "currency", "customer_email", "customer_name", "external_reference", "metadata", "status"),
    *("sku", "name", "quantity", "unit_price"),
}
"""The fields of orders and lines before version 2 of the hash."""


def input_hash(operation: str, given: Any) -> str:
    """SHA-256 over the operation and its input beyond the defaults; 1.5 and 1.50 are the same amount.

    So a field that a later version adds does not change the hash of a call without it. In a mapping, which the service
    makes, None and empty values do not count; in the client's own JSON, every value does.
    """
    if isinstance(given, Mapping):
        given = {name: value for name, value in given.items() if value is not None and value != ""}
    return hash_of([VERSION, operation, given], beyond_defaults)


def input_hash_of_all_fields(operation: str, given: Any) -> str:
    """The hash before version 2, which a record may have that is younger than a day at the deployment."""
    return hash_of([operation, given], all_fields)


def hash_of(value: Any, plain: Callable[[object], Any]) -> str:
    """SHA-256 over the value's JSON; ``plain`` makes JSON's types of others."""
    said = encoder(plain).encode(value)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def encoder(plain: Callable[[object], Any]) -> json.JSONEncoder:
    """Writes JSON that is the same for equal values."""
    return json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=plain)


def beyond_defaults(value: object) -> Any:
    """Values that JSON has no type for: an object of the given fields for input, otherwise text."""
    kind = type(value)
    if is_dataclass(kind):
        return {name: given for name, default in defaults_of(kind) if (given := getattr(value, name)) != default}
    return as_text(value)


@cache
def defaults_of(kind: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass with their defaults; MISSING, which nothing equals, for one that has none."""
    given = ((one.name, one.default, one.default_factory) for one in fields(kind))
    return tuple((name, default if factory is MISSING else factory()) for name, default, factory in given)


def all_fields(value: object) -> Any:
    """A value with all fields that it had before version 2; fields that were added later do not change these hashes."""
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value) if one.name in FIRST_FIELDS}
    return as_text(value)


def as_text(value: object) -> str:
    """A value that is not a dataclass, as text; amounts without trailing zeros."""
    return str(value.normalize()) if isinstance(value, Decimal) and value.is_finite() else str(value)


def outcome_under(key: str | None, *, operation: str, given: Any, result: Any) -> Any:
    """Promise ``result`` under ``key`` in the caller's transaction, or return the result that was promised before.

    Call it first in the transaction. None means: go on, and make ``result`` true (or :func:`keep_outcome` another); a
    rollback takes the promise back. PostgreSQL waits up to two seconds for a running call with this key, SQLite for its
    writer.

    Raises:
        InvalidOrder: the key is malformed.
        KeyReused: the key belongs to another operation or input.
        KeyInProgress: a call with this key is still running.
    """
    if key is None:
        return None
    mine = record_of(key, operation, given, result)
    kept = insert_or_get(mine)
    if kept.pk == mine.pk:
        return None
    if kept.operation != operation:
        raise KeyReused
    if kept.input_hash not in {mine.input_hash, input_hash_of_all_fields(operation, given)}:
        raise KeyReused
    return kept.result


class KeyTaken(Exception):
    """There is a record of the key; :func:`outcome_under` says what it is."""


def promise_later(key: str | None, *, operation: str, given: Any, result: Any) -> None:
    """Promise ``result`` under ``key`` by a deferred statement: a key, nearly always new, costs no answer to wait for.

    Within :func:`key_conflicts_named`. Call it first in the transaction.

    Raises:
        InvalidOrder: the key is malformed.
    """
    if key is not None:
        mine = record_of(key, operation, given, result)
        with bounded_wait():
            insert_later([mine])


@contextmanager
def key_conflicts_named() -> Iterator[None]:
    """Name the errors of :func:`promise_later`, around the transaction, which is rolled back.

    Raises:
        KeyTaken: the key has a record.
        KeyInProgress: another call uses the key and has not committed within the waiting time.
    """
    try:
        yield
    except IntegrityError as error:
        said = getattr(error.__cause__, "diag", None)
        if "orders_idempotencyrecord.key" in str(error) if said is None else said.constraint_name == KEY_ONCE:
            raise KeyTaken from error
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise KeyInProgress from error
        raise


def record_of(key: str, operation: str, given: Any, result: Any) -> IdempotencyRecord:
    """The new record of a key.

    Raises:
        InvalidOrder: the key is malformed.
    """
    check_key(key)
    return IdempotencyRecord(key=key, operation=operation, input_hash=input_hash(operation, given), result=result)


def keep_outcome(key: str | None, result: Any) -> None:
    """Promise ``result`` instead, where it was not known before the work was done; in the same transaction."""
    if key is not None:
        IdempotencyRecord.objects.filter(key=key).update(result=result)


def insert_or_get(record: IdempotencyRecord) -> IdempotencyRecord:
    """Insert the record unless its key is taken, and return the one that holds the key; an expired one is replaced.

    Raises:
        KeyInProgress: another call uses the key and has not committed within the waiting time.
    """
    for _ in range(TRIES):
        if insert_unless_taken(record):
            return record
        holder: IdempotencyRecord | None = IdempotencyRecord.objects.filter(key=record.key).first()
        if holder and holder.expires_at >= timezone.now():
            return holder
        if holder:
            remove_expired(holder)
    raise KeyInProgress


def insert_unless_taken(record: IdempotencyRecord) -> bool:
    """Insert the record and return True; if its key is taken, do nothing and return False.

    Raises:
        KeyInProgress: another call uses the key and has not committed within the waiting time.
    """
    with key_conflicts_named(), bounded_wait():
        return insert([record], skip_conflicts=True) == 1


def remove_expired(holder: IdempotencyRecord) -> None:
    """Remove the record, unless another call has removed it.

    Raises:
        KeyInProgress: another call removes it and has not committed within the waiting time.
    """
    with key_conflicts_named(), bounded_wait():
        sql.change("DELETE FROM orders_idempotencyrecord WHERE id = %s", holder.pk)


@contextmanager
def bounded_wait() -> Iterator[None]:
    """Have PostgreSQL wait a bounded time for locks in the statements within; afterwards as the connection was opened.

    Both settings are deferred: they cost no answer to wait for. After an error the transaction, or the
    savepoint, is rolled back, and with it the setting.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    is_bounded = database.vendor == "postgresql"
    if is_bounded:
        database.defer_setting(BOUND)
    yield
    if is_bounded:
        database.defer_setting(UNBOUND)
