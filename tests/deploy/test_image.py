"""The image: what it is made of, and that its own commands run in a read-only container as another user than root."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from config.backup.programs import folders
from tests.deploy import dockerfile
from tests.deploy.container import USER, can_be_made, container, stop
from tests.deploy.files import compose
from tests.environment import ROOT
from tests.runner.skips import NO_CONTAINER
from tests.servers.processes import Process, free_port

AWAY = "127.0.0.1:1"
START_SECONDS = 60
needs_root = pytest.mark.skipif(not can_be_made(), reason=NO_CONTAINER)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image in ``/app``."""
    folder = tmp_path_factory.mktemp("image") / "app"
    dockerfile.lay_out(folder)
    return folder


def environment(**changes: str) -> dict[str, str]:
    """The image's, and of the settings what a process has to have; no server is there."""
    given = {
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": f"postgres://them:secret@{AWAY}/nothing",
        "BROKER_URL": f"amqp://them:secret@{AWAY}//",
        "METRICS_PORT": str(free_port()),
        "LOG_LEVEL": "WARNING",
    }
    of_image = dockerfile.environment()
    return of_image | given | {"PATH": of_image["PATH"].replace("$PATH", "/usr/bin:/bin")} | changes


def health_check() -> list[str]:
    """How the image's health is checked."""
    [check] = dockerfile.shipped("HEALTHCHECK")
    return check.command


def is_healthy(env: dict[str, str]) -> bool:
    """Whether the image's health check says so, of a container with this environment."""
    command = [sys.executable, *health_check()[1:]]
    return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0


def run(name: str, command: list[str], app: Path, directory: Path, **changes: str) -> tuple[Process, dict[str, str]]:
    """A container with this command, started."""
    env = environment(**changes)
    process = container(name, command, app=app, directory=directory, env=env)
    process.start()
    return process, env


def test_dockerfile_has_no_flaw_that_hadolint_knows() -> None:
    command = [Path(sys.executable).with_name("hadolint"), dockerfile.DOCKERFILE]

    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


def test_image_has_every_package_of_the_system_and_no_tests() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]

    assert {*dockerfile.copied()} == {"manage.py", "LICENSE", "contracts", *packages} - {"learn"}


def test_layout_has_code_and_nothing_else(app: Path) -> None:
    files = {str(path.relative_to(app)) for path in app.rglob("*")}

    assert {"manage.py", "config/settings.py", "orders/invoices/fonts", "tenants/templates"} <= files
    assert [name for name in files if "/tests" in name or "__pycache__" in name or name.startswith("frontend")] == []


def test_image_runs_by_number_as_no_root_and_in_exec_form() -> None:
    [user], [command] = dockerfile.shipped("USER"), dockerfile.shipped("CMD")

    assert user.text == f"{USER}:{USER}"
    assert command.command == ["python", "manage.py", "serve", "--host", "0.0.0.0"]
    assert health_check()[0] == "python"


@needs_root
@pytest.mark.e2e
def test_web_process_serves_in_a_read_only_container_and_ends_well(app: Path, tmp_path: Path) -> None:
    """It starts although no server is there, which its log reports."""
    [command] = dockerfile.shipped("CMD")
    process, env = run("web", [*command.command, "--port", str(free_port())], app, tmp_path)
    try:
        process.wait_until_ready(lambda: is_healthy(env), timeout_seconds=START_SECONDS)
        assert stop(process) == 0
    finally:
        process.kill()
    log = process.log.read_text()
    assert [word in log for word in ("events.W001", "events.W002", "events.W005")] == [True] * 3
    assert [word in log for word in ("secret@", "Traceback")] == [False] * 2


@needs_root
def test_container_can_write_nothing_but_its_data(app: Path, tmp_path: Path) -> None:
    tries = "for place in /app /opt/venv /etc / /data /tmp; do touch $place/x 2>/dev/null && echo $place; done; id -u"
    process, _ = run("writer", ["sh", "-c", tries], app, tmp_path)

    process.wait(timeout_seconds=15)

    assert process.log.read_text().split() == ["/data", "/tmp", str(USER)]


@needs_root
@pytest.mark.e2e
@pytest.mark.long
@pytest.mark.parametrize("name", ["worker", "dispatcher"])
def test_service_runs_in_a_read_only_container(name: str, app: Path, tmp_path: Path) -> None:
    """Of the embedded default: a worker is healthy once it has reached its broker, here one in memory."""
    nothing = {"DATABASE_URL": "", "BROKER_URL": ""} if name == "worker" else {}
    process, env = run(name, compose()["services"][name]["command"], app, tmp_path, **nothing)
    try:
        process.wait_until_ready(lambda: is_healthy(env), timeout_seconds=START_SECONDS)
        assert stop(process) == 0
    finally:
        process.kill()


def test_backup_has_the_programs_of_the_servers_version_with_their_libraries(tmp_path: Path) -> None:
    """The stage's RUN, with the programs of this machine in the place of the server's image."""
    lines = dockerfile.instructions()
    [image] = [one.text for one in lines if (one.stage, one.word) == ("postgresql", "FROM")]
    [version] = [one.text.partition("=")[2] for one in lines if one.text.startswith("POSTGRESQL=")]
    [line] = [one.text for one in lines if (one.stage, one.word) == ("postgresql", "RUN")]
    [copies] = [one.text for one in dockerfile.shipped("RUN") if "from=postgresql" in one.text]
    programs = [*folders()][-1]
    here = line.replace("/usr/lib/postgresql/$PG_MAJOR/bin", str(programs)).replace("/client", str(tmp_path))

    subprocess.run(["sh", "-euc", here], env={"PATH": "/usr/bin:/bin"}, check=True, capture_output=True)

    assert image.partition(" AS ")[0].replace("${POSTGRESQL}", version) == compose()["services"]["postgres"]["image"]
    assert ["/client/bin/* /usr/local/bin" in copies, "/usr/local/lib" in copies] == [True, True]
    for name in ("pg_dump", "pg_restore"):
        command, env = [str(tmp_path / "bin" / name), "--version"], {"LD_LIBRARY_PATH": str(tmp_path / "lib")}
        assert subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.startswith(name)
    assert [*tmp_path.glob("lib/libpq*.so.*")] != []


@pytest.mark.e2e
@pytest.mark.long
def test_page_is_built_of_what_its_stage_copies(tmp_path: Path) -> None:
    """The stage's RUN, with the packages of this checkout."""
    dockerfile.lay_out(tmp_path, "page")
    folder = tmp_path / "frontend_demo"
    (folder / "node_modules").symlink_to(ROOT / "frontend_demo" / "node_modules")
    lines = [one.text for one in dockerfile.instructions() if (one.stage, one.word) == ("page", "RUN")]

    subprocess.run(["sh", "-euc", lines[-1]], cwd=folder, check=True, capture_output=True)

    assert lines[-1] == "npm run build"
    assert [(folder / "dist" / name).exists() for name in ("index.html", "graphiql.html")] == [True, True]


@pytest.mark.e2e
@pytest.mark.long
def test_static_files_are_collected_and_compiled(tmp_path: Path) -> None:
    """The system's RUN, in the folder that it has made so far, with this run's Python."""
    app = tmp_path / "app"
    dockerfile.lay_out(app)
    [line] = [one.text for one in dockerfile.instructions() if (one.stage, one.word) == ("system", "RUN")]
    line = line.replace("/tmp/build", str(tmp_path / "build")).replace("/opt/venv/bin/python", sys.executable)
    line = line.replace("/opt/venv /app", str(app))

    subprocess.run(["sh", "-euc", line], cwd=app, env={"PATH": "/usr/bin:/bin"}, check=True, capture_output=True)

    assert (app / "staticfiles" / "admin" / "css" / "base.css").exists()
    assert [*(app / "config" / "__pycache__").glob("settings.*.pyc")] != []
