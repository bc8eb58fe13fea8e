"""What a process does not import: it would make each start slower."""

import subprocess
import sys
from importlib import import_module

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from strawberry_django.fields import types

from config.unused import not_installed
from tests.environment import ROOT, fresh_environment

ONLY_FOR_WEB = {"daphne", "graphql_api.server", "orders.admin", "strawberry", "strawberry_django"}
PDF = {"fpdf", "fontTools"}
TRACING = {"tenants.tracing.otel", "opentelemetry"}
UNUSED = {"rich"}
IMPORTED = """
import gc, sys, django
django.setup()
import {module}
print(*sys.modules)
print(gc.get_stats()[0]["collections"])
"""
MOST_COLLECTIONS = 150
"""Without the thresholds of the settings there are 243 and 413, which take 7 % of the start."""


def test_geodjango_is_refused_before_it_searches_for_its_library() -> None:
    with pytest.raises(ImproperlyConfigured, match="not used here"):
        import_module("django.contrib.gis.geos")
    assert types.Point is None


def test_packages_are_hidden_from_the_imports_of_a_block_alone() -> None:
    with not_installed("json", "antigravity"):
        assert import_module("json")  # It was imported before.
        with pytest.raises(ImportError):
            import_module("antigravity")
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("events.management.commands.dispatcher", ONLY_FOR_WEB | PDF | TRACING | UNUSED),
        ("config.asgi", PDF | TRACING | UNUSED | {"daphne"}),
    ],
    ids=["dispatcher", "web"],
)
def test_process_imports_only_what_it_runs(module: str, unwanted: set[str]) -> None:
    command = [sys.executable, "-c", IMPORTED.format(module=module)]
    env = fresh_environment(DJANGO_SETTINGS_MODULE="config.settings")
    printed = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    modules, collections = printed.splitlines()
    assert unwanted & set(modules.split()) == set()
    assert int(collections) < MOST_COLLECTIONS


def test_commands_of_apps_that_are_not_installed_are_ours() -> None:
    commands = get_commands()
    assert (commands["runserver"], commands["export_schema"]) == ("config", "graphql_api")
