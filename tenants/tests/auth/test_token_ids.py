"""Ids of tokens reveal no count, and tokens from before keep their order."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tenants.auth.authentication import create_token
from tenants.models import ApiToken, Tenant
from tenants.values.identifiers import made_at
from tests import factories

ROOT = Path(__file__).resolve().parents[3]
TOKEN = """
INSERT INTO tenants_apitoken (name, prefix, digest, scopes, created_at, tenant_id) VALUES (?, 'ord_', ?, '[]', ?, ?)
"""
BEFORE = """
from django.db import connection
from tests.schema.databases import migrate_by_steps
migrate_by_steps(connection, [("tenants", "0002_relay_role")])
"""


@pytest.mark.django_db
def test_a_new_tokens_id_reveals_nothing_of_others(tenant: Tenant, other_tenant: Tenant) -> None:
    tokens = [create_token(tenant=whose, name="ERP")[0] for whose in (tenant, other_tenant, tenant)]

    assert {one.pk.version for one in tokens} == {7}
    assert [*ApiToken.objects.filter(tenant=tenant).order_by("pk")] == [tokens[0], tokens[2]]
    factories.token()


@pytest.mark.long
def test_the_migration_keeps_earlier_tokens(tmp_path: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "ORDERS_DATA_DIR": str(tmp_path)}

    def manage(*arguments: str) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments, "-v0"]
        subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=120)

    manage("shell", "-c", BEFORE)
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        database.execute("INSERT INTO tenants_tenant VALUES (?, 'shop', 'Shop', 'EUR', 1, '2026-01-01')", ["a" * 32])
        for name, made in (("older", "2026-01-02 03:04:05.678"), ("newer", "2026-01-03 00:00:00")):
            database.execute(TOKEN, [name, name, made, "a" * 32])

    manage("migrate", "tenants")

    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        rows = database.execute("SELECT id, name, digest, created_at FROM tenants_apitoken ORDER BY id").fetchall()
    assert [row[1:3] for row in rows] == [("older", "older"), ("newer", "newer")]
    ids = [ApiToken._meta.pk.to_python(row[0]) for row in rows]
    assert [(one.version, made_at(one).isoformat()[:23]) for one in ids] == [
        (7, "2026-01-02T03:04:05.678"),
        (7, "2026-01-03T00:00:00+00:"),
    ]
