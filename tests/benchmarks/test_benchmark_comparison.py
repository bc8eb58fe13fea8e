"""``./dev bench --against``: another commit's worktree, who takes part, and the table of ratios."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import against, command
from benchmarks.against import LOCKS, NoCommit, checked_out
from benchmarks.options import POSTGRESQL, SQLITE, Options
from benchmarks.peers.contenders import MERCURIUS, OURS, OURS_TWICE, OURS_WITH_WORKER, STOCK
from benchmarks.peers.tree import HERE, ROOT, Tree
from benchmarks.report.comparison import comparison, verdict
from benchmarks.report.results import Column, Results

CPU, RATE, COUNT = Column("CPU", "ms"), Column("orders", "1/s"), Column("statements", "")
OTHER = Tree(Path("/other"), "python", "abc1234")


@pytest.mark.parametrize(
    ("now", "before", "column", "said"),
    [
        pytest.param([2.0, 2.1, 2.2], [1.0, 1.1, 1.2], CPU, "**slower**", id="more CPU"),
        pytest.param([1.0, 1.1, 1.2], [2.0, 2.1, 2.2], CPU, "**faster**", id="less CPU"),
        pytest.param([200, 210, 220], [100, 110, 120], RATE, "**faster**", id="more orders a second"),
        pytest.param([100, 110, 120], [200, 210, 220], RATE, "**slower**", id="fewer orders a second"),
        pytest.param([16.0, 16.0, 16.0], [4.0, 4.0, 4.0], COUNT, "**more**", id="a count"),
        pytest.param([3.0, 3.0, 3.0], [4.0, 4.0, 4.0], COUNT, "**less**", id="a smaller count"),
        pytest.param([1.0, 1.1, 1.2], [1.0, 1.2, 1.4], CPU, "within the noise (rounds differ by 33%)", id="noise"),
        pytest.param([1.0, 1.8, 2.6], [1.0, 1.0, 1.0], CPU, "within the noise (rounds differ by 89%)", id="own noise"),
        pytest.param([1.04, 1.04, 1.04], [1.0, 1.0, 1.0], CPU, "the same (within 5 %)", id="hardly more"),
        pytest.param([1.06, 1.06, 1.06], [1.0, 1.0, 1.0], CPU, "**slower**", id="just notably more"),
        pytest.param([4.0, 4.0, 4.0], [4.0, 4.0, 4.0], COUNT, "the same (within 5 %)", id="equal"),
        pytest.param([1.2], [1.0], CPU, "**slower**", id="one round has no noise to see"),
        pytest.param([1.0], [0.0], CPU, "nothing to compare with", id="nothing before"),
    ],
)
def test_a_difference_is_distinguished_from_noise(now, before, column, said):
    assert verdict(now, before, column) == said


def test_each_number_stands_beside_the_other_commits():
    results = Results("race", "Who?", (CPU, RATE), baseline="stock")
    for name, cpu, rate in [
        ("ours", 2.0, 50.0),
        ("ours at abc1234", 1.0, 49.0),
        ("ours", 2.2, 52.0),
        ("new", 1.0, 1.0),
    ]:
        results.add("5 orders", name, {"CPU": cpu, "orders": rate})
    results.add("5 orders", "ours at abc1234", {"CPU": 1.0, "orders": 53.0})

    assert list(comparison(results, OTHER)) == [
        "| | | this tree | at abc1234 | ratio | |",
        "|---|---|---:|---:|---:|---|",
        "| ours, 5 orders | CPU, ms | 2.10 (2.00–2.20) | 1.00 | 2.10 | **slower** |",
        "| ours, 5 orders | orders, 1/s | 51.0 (50.0–52.0) | 51.0 (49.0–53.0) | 1.00 | the same (within 5 %) |",
    ]


def test_only_ours_takes_part_in_turn_with_the_other_commit():
    options = Options(trees=(HERE, OTHER))

    taking_part = options.taking_part([STOCK, OURS, MERCURIUS, OURS_WITH_WORKER], POSTGRESQL)

    names = ["ours", "ours at abc1234", "ours and its worker", "ours and its worker at abc1234"]
    assert [one.name for one in taking_part] == names
    assert [one.system.tree for one in taking_part] == [HERE, OTHER] * 2
    assert [one.system.command("uvicorn", 8000)[0] for one in taking_part] == [HERE.python, "python"] * 2


def test_without_another_commit_all_take_part_and_ours_is_one_process_on_sqlite():
    assert Options().taking_part([STOCK, OURS], POSTGRESQL) == [STOCK, OURS]
    assert Options(only=("ours",)).taking_part([STOCK, OURS, OURS_TWICE], POSTGRESQL) == [OURS, OURS_TWICE]
    names = [one.name for one in Options().taking_part([STOCK, OURS, OURS_TWICE], SQLITE)]
    assert names == ["stock on uvicorn", "ours by ./dev up, with its tasks"]


def test_a_comparison_has_three_rounds_and_a_folder_of_its_own():
    parser = command.parser({})

    quick, compared = (parser.parse_args(["--quick", *more]) for more in ([], ["--against", "main", "create_order"]))

    assert (command.options_of(quick).rounds, command.options_of(compared).rounds) == (1, 3)
    assert (compared.against, compared.names) == ("main", ["create_order"])
    assert command.options_of(parser.parse_args(["--against", "main", "--rounds", "5"])).rounds == 5
    options = replace(command.options_of(compared), trees=(HERE, OTHER))
    assert command.folder_of(options) == command.folder_of(Options()) / "against-abc1234"


@pytest.fixture
def repository(tmp_path):
    """A repository with two commits: the first one with the locks of this project, the second with others."""
    folder = tmp_path / "repository"
    for name in LOCKS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    run(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "first")
    (folder / LOCKS[0]).write_text("django==1\n")
    commit(folder, "second")
    return folder


def run(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, message):
    run(folder, "add", ".")
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    run(folder, *who, "commit", "--quiet", "--message", message)


def worktrees(repository):
    return run(repository, "worktree", "list", "--porcelain").count("worktree ")


def test_a_commit_is_checked_out_for_as_long_as_it_is_measured(repository):
    with checked_out("HEAD~1", repository) as tree:
        assert (tree.root / LOCKS[0]).read_bytes() == (ROOT / LOCKS[0]).read_bytes()
        assert tree.label == run(repository, "rev-parse", "--short", "HEAD~1")
        assert tree.python == HERE.python
        assert worktrees(repository) == 2

    assert not tree.root.parent.exists()
    assert worktrees(repository) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_when_a_measurement_fails_or_is_ended(repository, error):
    with pytest.raises(error), checked_out("HEAD~1", repository) as tree:
        (tree.root / "written by a server").write_text("x")
        raise error

    assert not tree.root.parent.exists()
    assert worktrees(repository) == 1


def test_an_unknown_commit_is_refused_by_name(repository):
    for ref in ("no-such-branch", "--help", "main:requirements"):
        with (
            pytest.raises(NoCommit, match=f"There is no commit '{ref}' in this repository"),
            checked_out(ref, repository),
        ):
            pass

    assert worktrees(repository) == 1


def test_other_locks_get_an_environment_of_their_own(repository, monkeypatch, capsys):
    started = []

    def finish(parts, directory, environment):
        if parts[0] == "git":
            return real(parts, directory, environment)
        started.append(parts)
        return ""

    real = against.finish
    monkeypatch.setattr(against, "finish", finish)

    with checked_out("main", repository) as tree:
        assert tree.python == str(tree.root / ".venv" / "bin" / "python")

    assert [parts[1:4] for parts in started] == [["-m", "uv", "venv"], ["-m", "uv", "pip"], ["-m", "uv", "pip"]]
    assert all("--require-hashes" in parts for parts in started[1:])
    assert [parts[-1] for parts in started[1:]] == [str(tree.root / name) for name in LOCKS]
    assert "whose locks differ" in capsys.readouterr().err
