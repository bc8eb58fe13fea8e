"""The soak: what grows is found, a picture is drawn, and a minute of it runs."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.environment import ROOT, fresh_environment
from tests.production.soak import LIMITS, judge
from tests.production.soak_chart import chart

SECONDS = 600


def line(start: float, slope: float) -> list[tuple[float, float]]:
    """A sample each second for ten minutes."""
    return [(float(second), start + slope * second) for second in range(SECONDS)]


@pytest.mark.parametrize(
    ("name", "slope", "is_flat"),
    [
        ("memory, web-1", 0.0, True),
        ("memory, web-1", 0.03, True),
        ("memory, web-1", 0.06, False),
        ("descriptors, web-1", 0.02, True),
        ("descriptors, web-1", 0.05, False),
        ("dead rows, PostgreSQL", 0.1, False),
    ],
)
def test_growth_beyond_the_limit_is_found(name: str, slope: float, is_flat: bool) -> None:
    [finding] = judge({name: line(100, slope)})

    assert finding.growth == pytest.approx(slope * (SECONDS * 2 / 3 - 1))
    assert finding.is_flat is is_flat
    assert finding.line().endswith("flat" if is_flat else "GROWS")


def test_start_does_not_count() -> None:
    warming = [(at, min(value, 100.0)) for at, value in line(0, 0.6)]

    [finding] = judge({"memory, web-1": warming})

    assert (finding.before, finding.growth) == (100.0, 0.0)


def test_picture_has_a_line_for_each_process() -> None:
    units = {name: limit.unit for name, limit in LIMITS.items()}
    samples = {"memory, web-1": line(1, 0.1), "tasks, web-1": line(3, 0), "memory, <2>": line(2, 0)}

    picture = ElementTree.fromstring(chart(samples, units))

    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text in {"memory (MiB)", "tasks", "web-1", "<2>"}] == [
        *("memory (MiB)", "web-1", "<2>"),
        *("tasks", "web-1"),
    ]
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}polyline"))) == 3


@pytest.mark.e2e
@pytest.mark.long
def test_a_minute_is_flat(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.production.soak", "--minutes", "1", "--output", str(tmp_path)]
    env = fresh_environment(PYTHONPATH=str(ROOT))

    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600, check=False)

    print(ended.stdout)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count(" flat\n") == 20
    assert (tmp_path / "soak.svg").exists()
