"""All registered receivers keep the handbook's rules, and each rule finds violations in any form and place."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models import signals

import orders
from events.receivers import RECEIVERS
from orders.event_types import order_created
from tests.architecture.receivers import checker
from tests.architecture.receivers.bad_connections import BY_OTHER_MEANS, OTHER_HEAD
from tests.architecture.receivers.bad_receivers import BODIES, GOOD_BODIES, HANDBOOK_NAIVE, HEAD, TOUCHING
from tests.architecture.receivers.registered import EARLY, all_registered
from tests.architecture.receivers.rules import Finding, Rule

BAD = "orders/receivers/bad.py"
GOOD = f"{HEAD}    write_audit_log(action='X')\n"
Findings = list[tuple[Rule, str]]


@pytest.fixture
def nothing_registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the test's own receivers are registered; afterwards the earlier ones are restored."""
    ours = dict(RECEIVERS)
    kept = [(signal, list(signal.receivers)) for signal in (order_created, *(getattr(signals, name) for name in EARLY))]
    RECEIVERS.clear()
    yield
    RECEIVERS.clear()
    RECEIVERS.update(ours)
    for signal, receivers in kept:
        signal.receivers[:] = receivers
        signal.sender_receivers_cache.clear()


class Project:
    """A temporary project whose modules are loaded as if they were in our packages."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.monkeypatch = monkeypatch

    def write(self, name: str, text: str) -> Path:
        """Add a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def load(self, name: str, text: str) -> None:
        """Add a module and import it, under the name that follows from its place."""
        path = self.write(name, text)
        dotted = name.removesuffix(".py").replace("/", ".")
        spec = importlib.util.spec_from_file_location(dotted, path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        self.monkeypatch.setitem(sys.modules, dotted, module)
        if dotted == "orders.touching":
            self.monkeypatch.setattr(orders, "touching", module, raising=False)
        spec.loader.exec_module(module)

    def findings(self) -> list[Finding]:
        """The checker's findings in the project."""
        return checker.check(self.root)

    def findings_of(self) -> Findings:
        """The rules of the findings and their texts."""
        return [(finding.rule, finding.what) for finding in self.findings()]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_registered: None) -> Project:
    """A project whose module ``bad`` of receivers is imported and tested."""
    made = Project(tmp_path, monkeypatch)
    made.load("orders/touching.py", TOUCHING)
    made.write("orders/signals.py", "from orders.receivers import bad")
    made.write("orders/tests/test_signals.py", "from orders.receivers import bad\nbad.react(1)\nbad.work(1)")
    return made


@pytest.fixture
def findings_of(project: Project) -> Callable[[str], Findings]:
    """The findings in a module of receivers."""

    def say(source: str) -> Findings:
        project.load(BAD, source)
        return project.findings_of()

    return say


def test_all_registered_receivers_keep_every_rule() -> None:
    checker.load()
    assert {"audit", "notifications", "processing", "subscriptions"} <= {one.name for one in all_registered()}
    if found := checker.check():
        pytest.fail("\n\n".join(map(str, found)), pytrace=False)


@pytest.mark.parametrize("case", GOOD_BODIES)
def test_good_receiver_has_no_finding(case: str, findings_of: Callable[[str], Findings]) -> None:
    assert findings_of(f"{HEAD}    {GOOD_BODIES[case]}\n") == []


@pytest.mark.parametrize("case", BODIES)
def test_bad_receiver_is_found(case: str, findings_of: Callable[[str], Findings]) -> None:
    body, rule, what = BODIES[case]
    assert (rule, what) in findings_of(f"{HEAD}    {body}\n")


@pytest.mark.parametrize("case", BY_OTHER_MEANS)
def test_bad_receiver_is_found_however_it_is_registered(case: str, findings_of: Callable[[str], Findings]) -> None:
    source, rule, what = BY_OTHER_MEANS[case]
    assert (rule, what) in findings_of(f"{OTHER_HEAD}\n{source}\n")


@pytest.mark.parametrize(
    "place",
    [
        BAD,
        "orders/receivers/eu/bad.py",
        "orders/receivers.py",
        "orders/models_extra.py",
        "audit/hooks.py",
        "config/x.py",
    ],
)
def test_naive_receiver_of_the_handbook_is_found_wherever_it_is(place: str, project: Project) -> None:
    project.load(place, HANDBOOK_NAIVE)
    found = {(str(finding.path), finding.rule, finding.what) for finding in project.findings()}
    assert (place, Rule.BEFORE_COMMIT, "order_audit_log is connected to post_save") in found
    assert (place, Rule.BEFORE_COMMIT, "uses post_save") in found


def test_naive_receiver_that_nothing_imports_is_found(project: Project) -> None:
    project.write("tenants/forgotten.py", HANDBOOK_NAIVE)
    assert project.findings_of() == [(Rule.BEFORE_COMMIT, "uses post_save")]


@pytest.mark.parametrize("place", ["orders/receivers/eu/bad.py", "orders/receivers.py", "audit/anywhere.py"])
def test_receiver_of_ours_is_read_wherever_it_is(place: str, project: Project) -> None:
    project.load(place, f"{HEAD}    event.order.save()\n    write_audit_log(action='X')\n")
    assert (Rule.WRITES_ORDERS, "calls event.order.save") in project.findings_of()


@pytest.mark.parametrize(
    ("place", "module"), [("orders/receivers/eu/bad.py", "receivers.eu.bad"), ("orders/receivers.py", "receivers")]
)
def test_forgotten_import_is_found(place: str, module: str, project: Project) -> None:
    project.write("orders/signals.py", "from orders.receivers import audit")
    project.write(place, "")
    assert [(str(one.path), one.rule, one.what) for one in project.findings()] == [
        (place, Rule.NOT_IMPORTED, f"orders/signals.py does not import {module}")
    ]


def test_work_while_importing_is_found(findings_of: Callable[[str], Findings]) -> None:
    source = f"{GOOD}\nif event_is_known := False:\n    write_audit_log(action='X')\n"
    assert findings_of(source) == [(Rule.BEFORE_COMMIT, "calls write_audit_log outside a registered receiver")]


def test_function_whose_registration_was_forgotten_is_found(findings_of: Callable[[str], Findings]) -> None:
    source = f"{GOOD}\ndef forgotten(event):\n    write_audit_log(action='X')\n"
    assert findings_of(source) == [(Rule.BEFORE_COMMIT, "calls write_audit_log outside a registered receiver")]


@pytest.mark.parametrize(
    "test",
    [
        "from orders.mail import order_mails as bad\nbad.react",
        '"orders.receivers.bad.react"',
        "import orders.receivers.bad",
    ],
)
def test_receiver_without_a_test_is_found(test: str, project: Project) -> None:
    project.write("orders/tests/test_signals.py", test)
    project.load(BAD, GOOD)
    assert project.findings_of() == [(Rule.UNTESTED, "no test imports react from here")]


def test_finding_names_place_rule_and_way_out(project: Project) -> None:
    project.load(BAD, f"{HEAD}    event.order.save()\n    write_audit_log(action='X')\n")
    assert str(project.findings()[0]).splitlines() == [
        "orders/receivers/bad.py:14: calls event.order.save",
        "    Handbook, part 10, anti-pattern: signals modifying the same model.",
        f"    {Rule.WRITES_ORDERS.instead}",
    ]


def test_finding_in_a_helper_names_the_helpers_place(project: Project) -> None:
    project.load(BAD, f"{HEAD}    touching.touch(event)\n")
    found = next(one for one in project.findings() if one.rule is Rule.WRITES_ORDERS)
    assert (str(found.path), found.line) == ("orders/touching.py", 8)
