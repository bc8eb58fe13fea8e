"""Our receivers keep the handbook's rules, and each rule catches who breaks it."""

from pathlib import Path

import pytest

from tests.architecture.bad_receivers import BODIES, BY_HAND, HANDBOOK_NAIVE, HEAD
from tests.architecture.checker import ROOT, Receivers, check
from tests.architecture.rules import Finding, Rule

PATH = Path("orders/receivers/bad.py")
TESTED = {"orders.receivers.bad.react"}
GOOD = f"{HEAD}    process_order_async.delay(str(delivery_id(event.id, 'bad')))\n"


def findings(source: str, tested: set[str] = TESTED) -> list[Finding]:
    return Receivers(PATH, source, tested).findings()


def told(source: str) -> list[tuple[Rule, str]]:
    return [(finding.rule, finding.what) for finding in findings(source)]


def test_our_receivers_keep_every_rule() -> None:
    if found := check(ROOT):
        pytest.fail("\n\n".join(map(str, found)), pytrace=False)


def test_receiver_that_makes_one_call_is_good() -> None:
    assert findings(GOOD) == []


def test_one_early_return_is_good() -> None:
    assert findings(f"{HEAD}    if event.total:\n        write_audit_log(action='X')\n") == []


def test_dictionary_may_be_updated() -> None:
    source = "    metadata = dict(event.payload)\n    metadata.update(a=1)\n    write_audit_log(metadata=metadata)\n"
    assert findings(HEAD + source) == []


@pytest.mark.parametrize("case", BODIES)
def test_bad_receiver_is_found(case: str) -> None:
    body, rule, what = BODIES[case]
    assert (rule, what) in told(f"{HEAD}    {body}\n")


def test_naive_receiver_of_the_handbook_works_before_commit() -> None:
    assert told(HANDBOOK_NAIVE) == [
        (Rule.BEFORE_COMMIT, "uses django.db.models.signals.post_save"),
        (Rule.BEFORE_COMMIT, "uses django.dispatch.receiver"),
        (Rule.BEFORE_COMMIT, "calls write_audit_log outside a receiver that @receives registers"),
    ]


def test_on_commit_by_hand_is_found() -> None:
    assert told(BY_HAND)[:2] == [
        (Rule.BEFORE_COMMIT, "uses django.db.transaction"),
        (Rule.BEFORE_COMMIT, "calls write_audit_log outside a receiver that @receives registers"),
    ]


def test_work_while_importing_is_found() -> None:
    what = "calls write_audit_log outside a receiver that @receives registers"
    assert told(f"{GOOD}\nwrite_audit_log(action='X')\n") == [(Rule.BEFORE_COMMIT, what)]


def test_receiver_without_a_test_is_found() -> None:
    namesake = {"orders.notifications.react", "orders.receivers.other.react"}
    assert [finding.rule for finding in findings(GOOD, tested=namesake)] == [Rule.UNTESTED]


def test_finding_names_place_rule_and_way_out() -> None:
    finding = findings(f"{HEAD}    event.order.save()\n    write_audit_log(action='X')\n")[0]
    assert str(finding).splitlines() == [
        "orders/receivers/bad.py:12: calls event.order.save",
        "    Handbook, part 10, anti-pattern: signals modifying the same model.",
        f"    {Rule.WRITES_ORDERS.instead}",
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one good receiver, imported and tested."""
    for name, text in {
        "orders/receivers/bad.py": GOOD,
        "orders/receivers/__init__.py": "",
        "orders/signals.py": "from orders.receivers import bad",
        "orders/tests/test_signals.py": "from orders.receivers import bad\nbad.react(1)",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_whole_project_is_read(project: Path) -> None:
    assert check(project) == []


def test_forgotten_import_is_found(project: Path) -> None:
    (project / "orders/signals.py").write_text("from orders.receivers import audit")
    assert [(str(one.path), one.rule, one.what) for one in check(project)] == [
        ("orders/receivers/bad.py", Rule.NOT_IMPORTED, "orders/signals.py does not import bad")
    ]


def test_name_in_a_string_is_no_test(project: Path) -> None:
    (project / "orders/tests/test_signals.py").write_text('"orders.receivers.bad.react"')
    assert [one.rule for one in check(project)] == [Rule.UNTESTED]
