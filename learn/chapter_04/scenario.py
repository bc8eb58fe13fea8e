"""Registration."""

import importlib
import importlib.util

from learn import counting
from learn.faults import Fault, plain_order, request

DESIGNS = ("naive", "safe")


def start(design):
    """Start the app as Django does."""
    apps = importlib.import_module(f"{design.__name__}.apps")
    apps.OrdersConfig(design.__name__, design).ready()


def forgotten(design):
    """The app starts, and a client orders."""
    start(design)
    request(plain_order)


def twice(design):
    """The module is imported again, under a second name."""
    start(design)
    module = importlib.import_module(f"{design.__name__}.receivers")
    module.connect_processing()
    spec = importlib.util.spec_from_file_location("receivers", module.__file__)
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    again.connect_processing()
    request(plain_order)


FAULTS = (
    Fault("start", "The app starts; one order is placed.", forgotten),
    Fault("import twice", "The module of receivers is imported under two names.", twice),
)


def count():
    """A mail and a job for each order."""
    return counting.effects(["mail", "job"])
