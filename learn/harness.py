"""Runs each design under each fault, in processes of its own, and counts what is left.

A run has a folder with its own SQLite file. The first process imports the design, which connects its receivers, and
makes the fault; the fault may kill it. The second process is the restarted one: it calls the design's ``recover``, if
it has one, and counts.
"""

import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.backends.signals import connection_created

from learn import world
from learn.faults import Fault

QUIET = ("SELECT", "PRAGMA", "SAVEPOINT", "RELEASE")
"""Statements that are not on the timeline."""


@dataclass(frozen=True)
class Outcome:
    """What one design did under one fault."""

    fault: str
    design: str
    numbers: dict[str, float]
    timeline: list[str]


def run(scenario: ModuleType, fault: Fault, design: str) -> Outcome:
    """Make the fault for a design and count."""
    with tempfile.TemporaryDirectory(prefix="learn-") as name:
        folder, package = Path(name), scenario.__name__.rpartition(".")[0]

        def first() -> None:
            fault.make(entered(folder, f"{package}.{design}"))

        def restarted() -> None:
            module = entered(folder, f"{package}.{design}")
            getattr(module, "recover", lambda: None)()
            (folder / "numbers").write_text(json.dumps(scenario.count()))

        in_a_process(first)
        world.here.folder = folder
        world.note("--- restart ---")
        in_a_process(restarted)
        numbers = json.loads((folder / "numbers").read_text())
        if not fault.timed:
            numbers.pop("seconds", None)
        return Outcome(fault.name, design, numbers, world.here.read("timeline"))


def entered(folder: Path, module: str) -> ModuleType:
    """Use the run's database and folder, and import the design."""
    world.here.folder = folder
    connection_created.connect(traced)
    use_database(folder / "db.sqlite3")
    design = importlib.import_module(module)
    make_tables()
    connection.connection.set_trace_callback(timeline)
    return design


def use_database(path: Path) -> None:
    """Let Django's connection open this file."""
    connection.close()
    connection.settings_dict["NAME"] = str(path)


def make_tables() -> None:
    """Make the tables of all models that are imported and have none."""
    existing = set(connection.introspection.table_names())
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("learn").get_models():
            if model._meta.db_table not in existing and not model._meta.proxy:
                editor.create_model(model)


def traced(connection: Any, **_: object) -> None:
    """Wait for no lock: a run has one process at a time. Two connections of a process may need this."""
    connection.cursor().execute("PRAGMA journal_mode = wal")


def timeline(statement: str) -> None:
    """Note a statement: its verb and its table."""
    words = statement.replace('"', "").split()
    verb = words[0].upper()
    world.here.write("statements", verb)
    if verb not in QUIET and words[1:2] != ["TO"]:
        table = {"INSERT": 2, "UPDATE": 1, "DELETE": 2}.get(verb)
        world.note(f"{verb} {words[table].removeprefix('learn_')}" if table else verb)


def in_a_process(work: Callable[[], None]) -> None:
    """Do the work in a child process, which may end by ``kill -9``.

    Raises:
        ChildProcessError: it failed in another way.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise ChildProcessError(f"the process ended with status {status}; its error is above")
