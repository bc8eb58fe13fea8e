"""Deployment."""

from learn import counting
from learn.faults import Fault, kill, place_order, request
from learn.world import here

DESIGNS = ("naive", "safe")


def deployed(design):
    """The order is answered. Then the process is replaced by the next version's, before the slow mail is sent."""
    here.mail_seconds = 5
    request(lambda: place_order(design))
    kill()


def switched(design):
    """Mails are off for the time of a risky deploy. An order comes meanwhile."""
    design.switch_off()
    request(lambda: place_order(design))
    design.switch_on()


FAULTS = (
    Fault("deploy", "The process is replaced right after its answer; the mail takes 5 seconds.", deployed),
    Fault("off and on", "Mails are switched off, an order comes, mails are switched on again.", switched),
)


def count():
    """A mail for each order."""
    return counting.effects(["mail"])
