"""``./dev new receiver`` writes a receiver that works, or nothing; the commands of the agents' pages work."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.new_receiver import Refused, main, write
from tests.environment import ROOT, fresh_environment

SMALL = ("orders", "docs", "pyproject.toml")
LEFT_OUT = {*SMALL, "frontend_demo", "var", "test-output", "exercises", "staticfiles"}
QUICK_CHECKS = ("architecture", "layers", "ruff format", "ruff check")
"""The steps of ``./dev check`` that concern a receiver and take no minute."""
DOCS = ROOT / "docs" / "signals.md"
PAGES = ("AGENTS.md", "skills/add-a-receiver/SKILL.md")
NEW = {
    "orders/receivers/welcome.py",
    "orders/processing/welcome.py",
    "orders/tests/receivers/test_welcome.py",
    "orders/tests/receivers/__init__.py",
}
CHANGED = {"orders/tasks.py", "orders/signals.py", "docs/signals.md"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a new receiver is written into, in a folder of its own."""
    for name in SMALL:
        copied(name, tmp_path)
    return tmp_path


@pytest.fixture
def whole_copy(copy: Path) -> Path:
    """The project without its front end."""
    for path in ROOT.iterdir():
        if path.name not in LEFT_OUT and not path.name.startswith("."):
            copied(path.name, copy)
    return copy


def copied(name: str, root: Path) -> None:
    source = ROOT / name
    if source.is_dir():
        shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    else:
        shutil.copy(source, root / name)


def contents(root: Path) -> dict[str, str]:
    paths = (path for name in ("orders", "docs") for path in (root / name).rglob("*") if path.suffix in {".py", ".md"})
    return {str(path.relative_to(root)): path.read_text() for path in paths}


def test_a_new_receiver_is_three_files_and_lines_in_three_others(copy: Path) -> None:
    before = contents(copy)
    write(copy, "welcome")
    after = contents(copy)

    assert set(after) - set(before) <= NEW
    assert {name for name in before if before[name] != after[name]} == CHANGED
    assert "subscriptions, welcome" in after["orders/signals.py"]
    assert "| `welcome` | queued | `welcome_async` |" in after["docs/signals.md"]


def test_the_docs_show_what_is_written(copy: Path) -> None:
    write(copy, "welcome")
    written = (copy / "orders" / "receivers" / "welcome.py").read_text().partition('"""\n\n')[2]
    [shown] = re.findall(r"```python\n# orders/receivers/welcome\.py[^\n]*\n(.*?)```", DOCS.read_text(), re.DOTALL)

    assert [*filter(None, shown.splitlines())] == [*filter(None, written.splitlines())]


@pytest.mark.parametrize("name", ["", "Welcome", "2fast", "class", "a-b", "x" * 41, "audit", "processing", "steps"])
def test_a_name_that_is_wrong_or_taken_is_refused_and_nothing_is_written(name: str, copy: Path) -> None:
    before = contents(copy)
    with pytest.raises(Refused):
        write(copy, name)
    assert contents(copy) == before


def test_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receiver"]) == 2
    assert "Usage: ./dev new receiver NAME" in capsys.readouterr().err


def commands(page: str) -> list[list[str]]:
    """The commands of a page, as they are pasted."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_agents_pages_works(page: str, whole_copy: Path) -> None:
    """Without ``./dev``, which would install an environment: it only passes these on."""
    python = [sys.executable, "-m"]
    known = {
        "help": ["sh", str(ROOT / "dev"), "help"],
        "new": [*python, "config.new_receiver"],
        "test": [*python, "pytest", "-q", "-p", "no:cacheprovider"],
        "check": [*python, "config.check", *QUICK_CHECKS],
    }
    for program, verb, *arguments in commands(page):
        assert program == "./dev"
        done = subprocess.run(
            [*known[verb], *arguments],
            cwd=whole_copy,
            env=fresh_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{verb} {arguments}\n{done.stdout}{done.stderr}"


def test_links_of_llms_txt_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / "llms.txt").read_text())
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).exists()] == []
