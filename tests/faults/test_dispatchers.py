"""Several dispatchers, of which one is killed or frozen: anywhere, and in the middle of each step of its work."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psutil
import pytest

from tests.faults.deployment import Deployment
from tests.faults.forms import FORM
from tests.faults.scenarios import Scenario
from tests.servers.processes import Process, wait_until

pytestmark = pytest.mark.e2e
OTHERS = ("second-dispatcher", "third-dispatcher")
RESERVED = "a retry or resend reserved"
STEPS = {
    "numbered, not committed": "events.dispatch.ledger.open_deliveries",
    "committed, subscribers not notified": "events.dispatch.numbering.notify_live_receivers",
    "deliveries in hand": "events.dispatch.deliverer.do_or_release",
    "a direct receiver runs": "events.dispatch.direct.handle",
    "an effect not recorded": "events.dispatch.ledger.record_done",
    "a task sent": "events.dispatch.broker_outage.broker.succeeded",
    RESERVED: "events.dispatch.reservations.reserve",
}
"""By function: the work that a dispatcher has just done when it calls the function."""
STEP_SECONDS = 60


@pytest.fixture
def three(deployment: Deployment) -> Iterator[None]:
    """Two more dispatchers."""
    deployment.start(*OTHERS)
    try:
        yield
    finally:
        for name in OTHERS:
            deployment.kill(name)


@pytest.mark.usefixtures("three")
def test_three_share_the_work(scenario: Scenario) -> None:
    deployment = scenario.deployment
    with scenario.traffic(faults=2 * FORM.rounds) as traffic:
        traffic.place(10)
        for _ in range(FORM.rounds):
            scenario.kill_and_restart(traffic, scenario.dice.choice(OTHERS))
            deployment.freeze("dispatcher")
            traffic.place(4)
            deployment.settle(up_to=deployment.last_event())
            deployment.thaw("dispatcher")
        traffic.place(4)


@pytest.mark.parametrize("end", ["kill", pytest.param("freeze", marks=pytest.mark.long)])
def test_one_ends_in_the_middle_of_each_step(scenario: Scenario, end: str) -> None:
    """Alone, it comes to the step and ends there; the next one finds what it has left, and ends at the next step."""
    deployment, name = scenario.deployment, "second-dispatcher"
    with scenario.traffic(faults=2 * len(STEPS)) as traffic:
        deployment.stop("dispatcher")
        for title, step in STEPS.items():
            if (end, title) == ("freeze", RESERVED):  # The steps before have left nothing that is due.
                deployment.stop("worker")
            with ended_at(deployment, name, title, step, end):
                if end == "freeze":  # Another one does everything, and then the frozen one goes on.
                    deployment.start(
                        *(one for one in ("worker", "dispatcher") if not deployment.processes[one].running)
                    )
                    deployment.settle(up_to=deployment.last_event())
                    deployment.thaw(name)
                    traffic.place(2)
                    deployment.stop("dispatcher")
        left = deployment.unfinished()
        deployment.start("dispatcher")
        took = scenario.seconds_to_settle()
        scenario.add_to_report(
            f"{end}: the last one has left {left} effects, all there {took:.1f} s after another start"
        )


def has_ended(process: Process) -> bool:
    """Whether the process was killed or is frozen."""
    return not process.running or psutil.Process(process.pid).status() == psutil.STATUS_STOPPED


@contextmanager
def ended_at(deployment: Deployment, name: str, title: str, step: str, end: str) -> Iterator[None]:
    """A dispatcher that has ended at this step; it is gone afterwards."""
    deployment.begin(name, {"FAULTS_END_AT": step, "FAULTS_END_BY": {"kill": "SIGKILL", "freeze": "SIGSTOP"}[end]})
    try:
        what = f"{end}: {title}"
        wait_until(partial(has_ended, deployment.processes[name]), timeout_seconds=STEP_SECONDS, what=what)
        yield
    finally:
        deployment.kill(name)
