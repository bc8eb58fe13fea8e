"""The script ``dev`` in a temporary project, with stand-ins for uv, node and npm that record their arguments."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.processes import wait_until

CARRIED = "tests/browser/chromium"
DEV = Path(__file__).resolve().parents[3] / "dev"
TOOLS = [
    "cat",
    "cksum",
    "date",
    "dirname",
    "find",
    "grep",
    "kill",
    "id",
    "ln",
    "mktemp",
    "mv",
    "readlink",
    "rm",
    "sh",
    "sleep",
    "sort",
    "tail",
]

UV = """\
#!/bin/sh
echo "uv $*" >>calls
[ -z "${HANG-}" ] || { touch hanging; exec sleep 60; }
for site in .venv/lib/python3.*/site-packages; do mkdir -p "$site/django" && : >"$site/django/__init__.py"; done
"""
NPM = """\
#!/bin/sh
echo "npm $1" >>"$CALLS"
case $1 in ci) mkdir -p node_modules ;; run) mkdir -p dist ;; esac
"""
NODE = """\
#!/bin/sh
case $1 in *unpack.mjs) echo "unpack" >>"$CALLS"; mkdir "$2"; : >"$2/chromium"; chmod +x "$2/chromium" ;; esac
"""


class Project:
    """A project with the script, its locks and a front end of one file."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin = root / "a project", root / "bin"
        places = ("requirements", "frontend_demo", "docs/guide", "graphql_api", CARRIED, "benchmarks/peers/ariadne")
        for folder in (*(self.root / place for place in places), self.bin):
            folder.mkdir(parents=True)
        shutil.copy(DEV, self.root)
        for name in ("runtime", "dev", "plots", "docs", "node"):
            self.write(f"requirements/{name}.lock", f"{name}==1")
        self.write("benchmarks/peers/ariadne/requirements.lock", "ariadne==1")
        self.write("manage.py", "import sys; print('manage.py', *sys.argv[1:])")
        self.write("frontend_demo/package-lock.json", "{}")
        self.write("frontend_demo/main.ts", "let a = 1")
        self.write("graphql_api/schema.graphql", "type Query { a: Int }")
        self.write("docs/glossary.md", "| **a** | b |")
        for name in (*TOOLS, "chmod", "mkdir", "touch"):
            (self.bin / name).symlink_to(str(shutil.which(name)))
        for name, text in {"uv": UV, "npm": NPM, "node": NODE, "chromium": "#!/bin/sh\n"}.items():
            self.tool(name, text)
        self.tool("python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def tool(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", str(self.root / "dev"), *arguments],
            env={
                "PATH": str(self.bin),
                "TMPDIR": str(self.bin.parent),
                "CALLS": str(self.root / "calls"),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            out, error = process.communicate(timeout=60)
        return process.returncode, out, error

    def calls(self) -> list[str]:
        """The recorded arguments of uv and npm since the last call, in short."""
        kept = self.root / "calls"
        lines = kept.read_text().splitlines() if kept.exists() else []
        kept.unlink(missing_ok=True)
        return [line.split(" requirements/")[-1] for line in lines]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose programs handle Ctrl-C, which programs that were started in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield Project(tmp_path)
    signal.signal(signal.SIGINT, before)


def test_first_run_sets_up_and_hands_over(project: Project) -> None:
    status, out, error = project.run("up", "--port", "1")

    assert (status, out) == (0, "manage.py up --port 1\n")
    assert project.calls() == ["runtime.lock", "npm ci", "npm run"]
    assert [line.split(" … ")[0].strip() for line in error.splitlines()] == [
        f"Making an environment with Python {'.'.join(map(str, sys.version_info[:3]))}",
        "Installing requirements/runtime.lock with uv",
        "Installing the front end's packages",
        "Building the front end",
    ]


def test_second_run_installs_builds_and_prints_nothing(project: Project) -> None:
    project.run("up")
    project.calls()

    assert project.run("up") == (0, "manage.py up\n", "")

    assert project.calls() == []


def test_tests_add_what_they_need_to_the_same_environment(project: Project) -> None:
    project.run("up")
    (project.root / ".venv" / "kept").touch()
    project.calls()

    project.run("test")

    assert project.calls() == ["dev.lock"]
    assert (project.root / ".venv" / "kept").exists()
    project.run("up")
    assert project.calls() == []


def test_environment_without_its_stamp_is_made_again(project: Project) -> None:
    project.run("up")
    (project.root / ".venv" / ".installed").unlink()
    (project.root / ".venv" / "left over").touch()
    project.calls()

    status, _, error = project.run("up")

    assert status == 0
    assert error.startswith("The environment in .venv is unfinished or outdated; creating it again.\n")
    assert project.calls() == ["runtime.lock"]
    assert not (project.root / ".venv" / "left over").exists()


def test_changed_lock_is_installed_and_nothing_old_stays(project: Project) -> None:
    project.run("up")
    (project.root / ".venv" / "left over").touch()
    project.write("requirements/runtime.lock", "runtime==2")
    project.calls()

    project.run("up")

    assert project.calls() == ["runtime.lock"]
    assert not (project.root / ".venv" / "left over").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_run_leaves_nothing_that_stops_the_next(project: Project, number: signal.Signals) -> None:
    with project.start("up", HANG="yes") as interrupted:
        wait_until((project.root / "hanging").exists, timeout_seconds=60, what="uv to be under way")
        os.killpg(interrupted.pid, number)
    project.calls()

    status, out, _ = project.run("up")

    assert (status, out) == (0, "manage.py up\n")
    assert project.calls() == ["runtime.lock", "npm ci", "npm run"]


def test_ctrl_c_prints_that_nothing_is_lost(project: Project) -> None:
    with project.start("up", HANG="yes") as interrupted:
        wait_until((project.root / "hanging").exists, timeout_seconds=60, what="uv to be under way")
        os.killpg(interrupted.pid, signal.SIGINT)
        _, error = interrupted.communicate(timeout=60)

    assert interrupted.returncode == 130
    assert error.endswith("\nInterrupted. The next run repairs what is unfinished.\n")


def test_changed_source_is_built_and_packages_stay(project: Project) -> None:
    project.run("up")
    project.write("frontend_demo/main.ts", "let a = 2")
    project.calls()

    project.run("up")

    assert project.calls() == ["npm run"]


@pytest.mark.parametrize("page", ["docs/glossary.md", "docs/guide/01-a.md"])
def test_changed_page_that_the_app_shows_is_built(project: Project, page: str) -> None:
    project.run("up")
    project.write(page, "new")
    project.calls()

    project.run("up")

    assert project.calls() == ["npm run"]


def test_machine_without_node_gets_it_from_a_lock(project: Project) -> None:
    project.tool("node", "#!/bin/sh\nexit 1\n")

    assert project.run("up")[0] == 0

    assert project.calls() == ["runtime.lock", "node.lock", "npm ci", "npm run"]


def test_tests_unpack_a_browser_where_the_machine_has_none(project: Project) -> None:
    (project.bin / "chromium").unlink()

    assert project.run("test")[:2] == (0, "manage.py -m tests.runner.command\n")

    assert project.calls() == ["dev.lock", "npm ci", "npm run", "npm ci", "unpack"]
    assert (project.root / ".venv" / "chromium" / "chromium").exists()
    project.run("test")
    assert project.calls() == []


def test_tests_run_without_a_browser_and_report_why(project: Project) -> None:
    (project.bin / "chromium").unlink()
    project.tool("node", "#!/bin/sh\ncase $1 in *unpack.mjs) echo no archive; exit 1 ;; esac\n")

    _, _, error = project.run("test")

    assert "Unpacking a browser for the tests … failed\nno archive\n" in error
    assert "The browser tests need Chromium, and it could not be installed" in error
    assert not (project.root / ".venv" / "chromium").exists()


def test_plots_get_their_library_when_they_are_drawn(project: Project) -> None:
    project.run("bench")
    project.calls()

    project.run("bench", "--plots")

    assert project.calls() == ["plots.lock"]
    project.run("bench", "--plots")
    assert project.calls() == []


def test_docs_get_their_packages_and_need_no_build_of_the_front_end(project: Project) -> None:
    project.run("docs")

    assert project.calls() == ["runtime.lock", "docs.lock", "npm ci"]
    project.run("docs")
    assert project.calls() == []


def test_failed_step_shows_why_and_ends_with_status_1(project: Project) -> None:
    project.tool("npm", "#!/bin/sh\necho no such package; exit 3\n")

    status, out, error = project.run("up")

    assert (status, out) == (1, "")
    assert "failed\nno such package\nnpm could not install the front end's packages" in error


def test_without_python_the_message_says_what_to_install(project: Project) -> None:
    project.tool("python3", "#!/bin/sh\nexit 1\n")

    status, _, error = project.run("up")

    assert status == 1
    assert error.startswith("Python 3.11 or newer is needed, and none was found. Install one (for example: apt install")


def test_newer_python_beside_an_old_one_is_found(project: Project) -> None:
    (project.bin / "python3").rename(project.bin / "python3.12")
    project.tool("python3", "#!/bin/sh\nexit 1\n")

    assert project.run("up")[0] == 0


def test_other_verbs_go_to_django(project: Project) -> None:
    assert project.run("shell", "-c", "a b")[:2] == (0, "manage.py shell -c a b\n")


def test_lock_that_names_an_address_is_refused(project: Project) -> None:
    project.run("test")
    project.write("requirements/node.lock", "--index-url https://mirror.example/simple")

    status, out, error = project.run("lock")

    assert status == 1
    assert out == "requirements/node.lock:1:--index-url https://mirror.example/simple\n"
    assert error.endswith("locks hold names, versions and hashes alone.\n")


def test_help_needs_no_environment(project: Project) -> None:
    status, out, _ = project.run("help")

    assert status == 0
    assert out.startswith("Usage: ./dev VERB [OPTIONS]\n")
    assert not (project.root / ".venv").exists()


def test_each_verb_answers_help(project: Project) -> None:
    project.run("test")
    _, usage, _ = project.run("help")
    verbs = re.findall(r"^  ([a-z-]+) ", usage, re.MULTILINE)
    answers = {verb: project.run(verb, "anything", "--help") for verb in verbs if verb != "help"}
    own = {verb: out for verb, (_, out, _) in answers.items() if out.startswith("manage.py ")}

    assert {status for status, _, _ in answers.values()} == {0}
    assert all(out.endswith(" anything --help\n") for out in own.values())
    assert {*own} == {"up", "docs", "production", "soak", "attack", "bench", "demo-data", "traffic"}
    shown = [out for verb, (_, out, _) in answers.items() if verb not in own]
    assert all(out in usage for out in shown)
    assert [out.split()[0] for out in shown] == [verb for verb in answers if verb not in own]
    assert (project.root / "graphql_api" / "schema.graphql").read_text() == "type Query { a: Int }"
