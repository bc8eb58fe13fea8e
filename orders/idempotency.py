"""Idempotency keys, as Stripe has them: the same key and input give the stored outcome, another input is refused."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone

from events.insertion import columns_of
from orders.errors import KeyInProgress, KeyReused
from orders.models import IdempotencyRecord
from orders.validation import check_key

WAIT_MILLISECONDS = 2000
LOCK_NOT_AVAILABLE = "55P03"
UNBOUND = "set_config('lock_timeout', '0', true)"


def input_hash(operation: str, given: Any) -> str:
    """SHA-256 over the operation and its input; 1.5 and 1.50 are the same amount."""
    said = json.dumps([operation, given], sort_keys=True, separators=(",", ":"), default=plain)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def plain(value: object) -> Any:
    """What JSON has no type for: what is to be, as an object of its fields; anything else as text."""
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    return str(value.normalize()) if isinstance(value, Decimal) and value.is_finite() else str(value)


def outcome_under(key: str | None, *, operation: str, given: Any, result: Any) -> Any:
    """Promise ``result`` under ``key`` in the caller's transaction, or return what was promised under it before.

    Call it first in the transaction. None means: go on, and make ``result`` true (or :func:`keep_outcome` another); a
    rollback takes the promise back. PostgreSQL waits up to two seconds for a running call with this key, SQLite for
    its writer.

    Raises:
        InvalidOrder: the key is malformed.
        KeyReused: the key stands for another operation or input.
        KeyInProgress: a call with this key is still running.
    """
    if key is None:
        return None
    check_key(key)
    mine = IdempotencyRecord(key=key, operation=operation, input_hash=input_hash(operation, given), result=result)
    kept = insert_or_get(mine)
    if kept.pk == mine.pk:
        return None
    if (kept.operation, kept.input_hash) != (mine.operation, mine.input_hash):
        raise KeyReused
    return kept.result


def keep_outcome(key: str | None, result: Any) -> None:
    """Promise ``result`` instead, where it was not known before the work was done; in the same transaction."""
    if key is not None:
        IdempotencyRecord.objects.filter(key=key).update(result=result)


def insert_or_get(record: IdempotencyRecord) -> IdempotencyRecord:
    """Insert the record unless its key is taken, and return the one that holds the key; an expired one gives way."""
    if insert_unless_taken(record):
        return record
    holders = IdempotencyRecord.objects.filter(key=record.key)
    holder: IdempotencyRecord = holders.get()
    if holder.expires_at < timezone.now():
        holders.delete()
        holder = record if insert_unless_taken(record) else holders.get()
    return holder


def insert_unless_taken(record: IdempotencyRecord) -> bool:
    """Insert the record and return True; if its key is taken, do nothing and return False.

    On PostgreSQL the statement itself says how long it may wait for a lock, and takes that back once it has inserted:
    so that a key, nearly always new, costs one statement.

    Raises:
        KeyInProgress: whoever has taken the key has not committed within the time that we wait.
    """
    columns = columns_of(IdempotencyRecord, connection.vendor)
    bound, unbound = "true", ""
    if connection.vendor == "postgresql":
        bound = f"set_config('lock_timeout', '{WAIT_MILLISECONDS}', true) <> ''"
        unbound = f"RETURNING {UNBOUND}"
    insert = f"INSERT INTO {columns.table} SELECT {columns.places} WHERE {bound} ON CONFLICT DO NOTHING {unbound}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(insert, columns.values(record))
            is_new = bool(cursor.rowcount == 1)
            if not is_new and unbound:
                cursor.execute(f"SELECT {UNBOUND}")
            return is_new
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise KeyInProgress from error
        raise
