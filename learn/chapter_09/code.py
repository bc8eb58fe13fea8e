"""The code under test: one of the three designs of chapter 6."""

import importlib

from learn import faults
from learn.world import here


def design():
    """The module that this run tests."""
    return importlib.import_module(f"learn.chapter_06.{here.read('under test')[0]}")


def place_order():
    """Place an order in the design's way."""
    return faults.place_order(design())


def later():
    """What other processes do later."""
    getattr(design(), "recover", lambda: None)()
