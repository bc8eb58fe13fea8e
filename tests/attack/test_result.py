"""When an attack is within its limits, and what the table shows."""

from collections import Counter
from typing import Any

from tests.attack.attack import Attack
from tests.attack.attacks.dev_up import nothing
from tests.attack.command import conclude
from tests.attack.measured_client import Phase
from tests.attack.result import Memory, Result, table

FLOOD = Attack("flood", "much of something", nothing, frozenset({"THROTTLED"}))


def result(**changes: Any) -> Result:
    """The result of an attack that changed nothing, and was refused."""
    calm = {name: Phase([0.01] * 20) for name in ("before", "during", "after")}
    known: dict[str, Any] = {"attack": FLOOD, "server": "uvicorn", "answer_counts": Counter(THROTTLED=7), **calm}
    return Result(**known | changes)


def test_attack_without_an_effect_is_within_limits() -> None:
    assert result().problems == []
    assert result().outcome == "passed"


def test_answers_may_take_half_a_second_or_ten_times_as_long() -> None:
    assert result(during=Phase([0.5])).problems == []
    assert result(during=Phase([0.51])).problems == ["p95 during 510 ms, at most 500 ms"]
    assert result(before=Phase([0.1]), during=Phase([1.0])).problems == []
    assert result(after=Phase([2.0])).problems == ["p95 after 2.0 s, at most 500 ms"]


def test_memory_has_to_come_back() -> None:
    assert result(memory=Memory(100, 900, 120)).problems == []
    assert result(memory=Memory(100, 900, 121)).problems == ["21 MiB kept, at most 20"]


def test_requests_and_events_that_are_lost_count() -> None:
    lost = result(during=Phase([0.01], ["no answer", "no answer"]), missed=3)
    assert lost.problems == ["2× no answer", "3 live events missed"]


def test_attacker_has_to_get_a_reason() -> None:
    assert result(answer_counts=Counter(served=5)).problems == ["the attacker got no reason (THROTTLED)"]
    harmless = Attack("flood", "", nothing, frozenset({"THROTTLED"}), needs_reason=False)
    assert result(attack=harmless, answer_counts=Counter(served=5)).problems == []


def test_known_weakness_of_a_server_is_no_failure(capsys) -> None:
    known = Attack("flood", "", nothing, needs_reason=False, excused={"daphne": "It reads on."})
    weak = result(attack=known, server="daphne", errors=["it hung"])
    assert conclude([weak, result()], ["PostgreSQL 15"], None) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "against PostgreSQL 15",
        "1 failed as expected: It reads on.",
        "1 passed, 0 failed",
    ]


def test_table_has_a_line_for_each_attack(capsys) -> None:
    failed = result(during=Phase([2.0]), memory=Memory(80, 95, 81), late=2)
    [heading, line, second] = table([failed, result(server="daphne")])
    assert heading.split()[:2] == ["attack", "server"]
    assert line.split() == [
        *("flood", "uvicorn", "10", "ms", "10", "ms", "2.0", "s", "2.0", "s", "10", "ms", "10", "ms"),
        *("0", "0", "2", "80", "95", "81", "THROTTLED", "7×", "FAILED:"),
        *("p95", "during", "2.0", "s,", "at", "most", "500", "ms"),
    ]
    assert second.endswith(" holds")
    assert conclude([failed, result(server="daphne")], [], None) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 1 failed"


def test_memory_that_the_allocator_holds_is_known_up_to_a_bound() -> None:
    holding = Attack("flood", "", nothing, needs_reason=False, allocator_mib=60)
    assert result(attack=holding, memory=Memory(100, 300, 121)).verdict == "known: 21 MiB kept, at most 20"
    assert conclude([result(attack=holding, memory=Memory(100, 300, 121))], [], None) == 0
    assert result(attack=holding, memory=Memory(100, 300, 181)).verdict == "FAILED: 81 MiB kept, at most 20"
    assert result(attack=holding, memory=Memory(100, 300, 121), missed=1).verdict.startswith("FAILED")
