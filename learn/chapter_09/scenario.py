"""Testing."""

import io
import unittest

from learn.chapter_09 import code
from learn.faults import Fault
from learn.world import here, note

DESIGNS = ("naive", "safe")


def tested(name):
    """Run a design's tests against one of the designs of chapter 6."""

    def run(tests):
        here.write("under test", name)
        code.design()
        suite = unittest.defaultTestLoader.loadTestsFromModule(tests)
        result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
        here.write("result", {"tests": result.testsRun, "failed": len(result.failures) + len(result.errors)})
        for test, _ in [*result.failures, *result.errors]:
            note(f"failed: {test.id().rpartition('.')[2]}")

    return run


FAULTS = (
    Fault("post_save", "Code under test: naive of chapter 6, which loses and invents effects.", tested("naive")),
    Fault("on_commit", "Code under test: on_commit of chapter 6, which loses effects.", tested("on_commit")),
    Fault("event row", "Code under test: safe of chapter 6.", tested("safe")),
)


def count():
    """How many tests ran, and how many failed."""
    return here.read("result")[0]
