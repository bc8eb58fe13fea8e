"""Every block of every page is run, checked or shown: a command or a program that no test knows fails here.

The blocks of the guide have a stricter test of their own: ``learn/tests/test_guide.py``.
"""

import contextlib
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError

from benchmarks import command as bench
from config.tests.test_documents import documents
from config.tests.test_words import ROOT

GUIDE = ROOT / "docs" / "guide"
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
EXAMPLES = "tests/e2e/test_examples.py"
RUN_BY = {
    ("README.md", "curl -s http"): f"{EXAMPLES}::test_the_readmes_commands_run_unchanged",
    ("README.md", "subscription {"): f"{EXAMPLES}::test_the_graphql_of_the_pages_runs_unchanged",
    ("README.md", "curl -N"): f"{EXAMPLES}::test_the_stream_with_curl_goes_on_after_the_last_event",
    ("README.md", "curl -s '"): f"{EXAMPLES}::test_the_commands_that_read_events_and_tables_run_unchanged",
    ("README.md", "celery -A config worker"): "tests/e2e/test_main_job.py::test_separate_processes_on_real_servers",
    ("docs/clients.md", "curl http"): f"{EXAMPLES}::test_a_published_document_runs_by_its_digest_as_printed",
    ("docs/clients.md", "{ schemaUses"): f"{EXAMPLES}::test_the_graphql_of_the_pages_runs_unchanged",
    (
        "docs/clients.md",
        "const query",
    ): "tests/browser/test_event_source.py::test_it_resumes_after_a_cut_by_last_event_id",
    ("docs/events.md", "curl -sN"): f"{EXAMPLES}::test_the_commands_that_read_events_and_tables_run_unchanged",
    ("docs/events.md", "curl -s '"): f"{EXAMPLES}::test_the_commands_that_read_events_and_tables_run_unchanged",
    (
        "docs/operations.md",
        "CREATE ROLE orders_relay",
    ): "tests/deploy/test_compose.py::test_the_logins_are_those_of_the_documentation",
    (
        "docs/operations.md",
        "CREATE ROLE orders_backup",
    ): "config/tests/test_blocks.py::test_login_for_backups_is_the_one_that_a_refused_backup_names",
    (
        "docs/signals.md",
        "# orders/receivers/welcome.py",
    ): "config/tests/commands/test_new_receiver.py::test_the_docs_show_what_is_written",
    ("docs/webhooks.md", "curl -s http"): "tests/e2e/test_webhooks.py::registered",
    ("frontend_demo/client/README.md", "import"): f"{EXAMPLES}::follows_with_typescript",
    (
        "graphql_server/README.md",
        "from collections",
    ): "graphql_server/tests/test_readme.py::test_the_schema_of_the_readme_is_served_live",
    (
        "graphql_server/README.md",
        "uvicorn",
    ): "graphql_server/tests/test_readme.py::test_the_commands_of_the_readme_serve_the_schema",
    (
        "graphql_server/README.md",
        "curl -s",
    ): "graphql_server/tests/test_readme.py::test_the_commands_of_the_readme_serve_the_schema",
    (
        "graphql_server/README.md",
        "pytest_plugins",
    ): "graphql_server/tests/test_readme.py::test_the_test_of_the_readme_passes",
    (
        "graphql_server/README.md",
        "async def test",
    ): "graphql_server/tests/test_readme.py::test_the_test_of_the_readme_passes",
    (
        "deploy/README.md",
        "./make-secrets.sh",
    ): "tests/deploy/test_compose.py::test_secrets_fit_each_other_and_the_settings",
    (
        "deploy/README.md",
        "docker compose up",
    ): "tests/deploy/test_compose.py::test_it_follows_the_compose_specification",
    ("deploy/README.md", "docker build"): "tests/deploy/test_image.py::test_dockerfile_has_no_flaw_that_hadolint_knows",
    ("deploy/README.md", "kubectl"): "tests/deploy/test_kubernetes.py::test_each_overlay_can_be_built_and_is_accepted",
}
"""The test that runs a block or a command, or what it names, by the page and how the text begins."""
SHOWN = {"json", "mermaid", "text"}
"""What is said or drawn and not run. A block without a language is a picture of characters."""
SHELL = {"cd", "mkdir", "cp", "docker push"}
"""What only prepares the next command."""
MANAGE = ("manage.py", "python manage.py", "docker compose exec web python manage.py")
INLINE = re.compile(r"`((?:\./dev|(?:python )?manage\.py) [^`\n]+)`")
NPM = re.compile(r"npm --prefix (\S+) (?:ci|run (\w+))")
SETTING = re.compile(r"(?:export )?((?:[A-Z_]+=\S+ ?)+)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    """Every block of every page outside of the guide."""
    for path in documents():
        if not path.is_relative_to(GUIDE):
            for language, text in FENCE.findall(path.read_text(encoding="utf-8")):
                yield Block(str(path.relative_to(ROOT)), language, text)


def commands(block: Block) -> list[str]:
    """The commands of a shell block: its lines without comments; a line that has an open quote goes on in the next."""
    if block.text.startswith("curl"):
        return [block.text]
    lines = (re.sub(r"(^|\s+)#(?! or: ).*", "", line).replace("# or: ", "") for line in block.text.splitlines())
    return [one.strip() for line in lines for one in line.split(" && ") if one.strip()]


def named_for(page: str, text: str) -> str | None:
    """The test that is named for a text of a page."""
    return next((test for (named, begin), test in RUN_BY.items() if named == page and text.startswith(begin)), None)


def is_known(page: str, command: str) -> bool:
    """Whether a test runs a command, or it is one of ours with arguments that it takes."""
    if named_for(page, command) or any(command == one or command.startswith(f"{one} ") for one in SHELL):
        return True
    if found := SETTING.match(command):
        names = {pair.partition("=")[0] for pair in found[1].split()} - {"ORDERS_HOST"}
        return names <= settings() and (found.end() == len(command) or is_known(page, command[found.end() :].strip()))
    if found := NPM.fullmatch(command):
        return found[2] is None or f'"{found[2]}":' in (ROOT / found[1] / "package.json").read_text()
    for prefix in MANAGE:
        if command.startswith(f"{prefix} "):
            return is_of_django(shlex.split(command.removeprefix(prefix)))
    return command.startswith("./dev ") and is_of_dev(shlex.split(command)[1:])


def settings() -> set[str]:
    """The names in .env.example, which are those of all settings."""
    return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def is_of_dev(words: list[str]) -> bool:
    """Whether ``./dev`` has this verb; arguments of benchmarks and of Django's commands are read as they read them."""
    verb, *arguments = words
    verbs = set(re.findall(r"^    ([a-z|-]+)[ a-z|-]*\)", (ROOT / "dev").read_text(), re.MULTILINE))
    if verb == "bench" and arguments != ["--plots"]:
        return takes(bench.parser({}), arguments)
    return verb in verbs or is_of_django(words)


def is_of_django(words: list[str]) -> bool:
    """Whether Django has this command and it takes these arguments."""
    name, *arguments = words
    app = get_commands().get(name)
    if app is None:
        return False
    command = app if not isinstance(app, str) else load_command_class(app, name)
    return takes(command.create_parser("manage.py", name), arguments)


def takes(parser: ArgumentParser, arguments: list[str]) -> bool:
    """Whether a command takes these arguments."""
    with contextlib.suppress(CommandError, SystemExit):
        parser.parse_args(arguments)
        return True
    return False


@pytest.mark.parametrize("page", sorted({block.page for block in blocks()}))
def test_every_block_is_run_checked_or_shown(page: str) -> None:
    for block in blocks():
        if block.page != page or block.language in SHOWN:
            continue
        if not block.language:
            assert "─" in block.text, block
        elif block.language == "sh":
            assert [one for one in commands(block) if not is_known(page, one)] == []
        else:
            assert named_for(page, block.text), block


def test_commands_within_sentences_exist() -> None:
    """In every document but the one that says what was."""
    texts = {str(path.relative_to(ROOT)): FENCE.sub("", path.read_text(encoding="utf-8")) for path in documents()}
    del texts["CHANGELOG.md"]
    named = [(page, command) for page, text in texts.items() for command in INLINE.findall(text)]

    assert len(named) > 50
    assert [one for one in named if not is_known(*one)] == []


def test_named_tests_exist_and_each_is_of_a_block() -> None:
    texts = {(block.page, text) for block in blocks() for text in (block.text, *commands(block))}
    for (page, begin), test in RUN_BY.items():
        assert any(page == one and text.startswith(begin) for one, text in texts), (page, begin)
        path, _, name = test.partition("::")
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), test


@pytest.mark.parametrize(
    "command",
    [
        "./dev dance",
        "manage.py events dance",
        "manage.py nothing",
        "NO_SETTING=1 ./dev up",
        "rm -r /",
        "./dev bench --x",
    ],
)
def test_command_that_does_not_exist_is_found(command: str) -> None:
    assert not is_known("README.md", command)


def test_login_for_backups_is_the_one_that_a_refused_backup_names() -> None:
    [shown] = [block.text for block in blocks() if block.text.startswith("CREATE ROLE orders_backup")]
    named = (ROOT / "config" / "backup" / "postgresql.py").read_text()

    assert [line for line in shown.splitlines() if line not in named] == []


def test_files_of_the_commands_for_containers_exist() -> None:
    text = (ROOT / "deploy" / "README.md").read_text()
    named = {
        one
        for one in re.findall(r"deploy/[\w./-]+", "".join(FENCE.findall(text)[2][1]))
        if "secrets" not in Path(one).parts
    }

    assert len(named) >= 3
    assert [one for one in named if not Path(ROOT / one).exists()] == []
