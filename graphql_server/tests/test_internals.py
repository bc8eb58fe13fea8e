"""The releases whose private parts are used, and what happens with others."""

import ast
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import strawberry
from packaging.requirements import Requirement

import graphql_server
from graphql_server import internals
from graphql_server.context import Context
from graphql_server.execution.executor import Operation
from graphql_server.plans.input_objects import compile_inputs
from graphql_server.tests import toy
from graphql_server.tests.asking import uncharged
from graphql_server.tests.executors import executor_for

ROOT = Path(graphql_server.__file__).parents[1]


def test_the_installed_releases_are_those_that_were_tried() -> None:
    """Run all tests with a new release, and then name it in ``TRIED``."""
    assert internals.are_tried()


@pytest.mark.parametrize("name", sorted(internals.TRIED))
def test_the_project_admits_the_tried_releases_alone(name: str) -> None:
    """A release that moves a private name would fail at the import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [admitted] = [one for one in map(Requirement, project["dependencies"]) if one.name == name]
    major, minor = map(int, internals.TRIED[name].rstrip(".").split("."))

    assert version(name) in admitted.specifier
    assert f"{major}.{minor}.999" in admitted.specifier
    assert f"{major}.{minor + 1}.0" not in admitted.specifier
    assert f"{major}.{minor - 1}.999" not in admitted.specifier


@pytest.mark.parametrize("name", sorted(internals.TRIED))
def test_with_another_release_operations_run_without_plans(
    context: Context, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(internals.TRIED, name, "0.0.")
    executor = executor_for(toy.schema)

    response = executor.run(Operation("{ nodes(count: 2) { name child { name } } }"), context)

    assert executor.documents.read("{ hello }").plans is None
    node = {"name": "node", "child": {"name": "node"}}
    assert uncharged(response) == {"data": {"nodes": [node, node]}}


def test_with_a_tried_release_documents_have_plans() -> None:
    assert executor_for(toy.schema).documents.read("{ hello }").plans is not None


def test_types_that_strawberry_did_not_make_have_no_definition() -> None:
    assert internals.definition_of(internals.core_schema(toy.schema).type_map["String"]) is None


@strawberry.input
class Greeting:
    """An input object."""

    name: str


@strawberry.type
class Greetings:
    """A query with an input object."""

    @strawberry.field
    def hello(self, greeting: Greeting) -> str:
        return f"Hello {greeting.name}"


@pytest.mark.parametrize("tried", ["0.0.", internals.TRIED["strawberry-graphql"]])
def test_strawberry_builds_input_objects_itself_with_another_release(
    monkeypatch: pytest.MonkeyPatch, tried: str
) -> None:
    is_tried = tried == internals.TRIED["strawberry-graphql"]
    monkeypatch.setitem(internals.TRIED, "strawberry-graphql", tried)
    schema = strawberry.Schema(Greetings)

    assert compile_inputs(schema) is is_tried
    assert schema.execute_sync('{ hello(greeting: {name: "Ada"}) }').data == {"hello": "Hello Ada"}


PUBLIC = {
    *("graphql", "graphql.execution", "graphql.pyutils", "graphql.type", "graphql.utilities"),
    *("strawberry", "strawberry.exceptions", "strawberry.extensions", "strawberry.relay", "strawberry.types"),
    "strawberry.types.graphql",
}
"""The modules whose names their documentation has."""


def imported_modules(path: Path) -> Iterator[str]:
    """The modules from which a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_only_this_module_imports_private_modules() -> None:
    root = Path(graphql_server.__file__).parent
    ours = (path for path in root.rglob("*.py") if "tests" not in path.parts and path != Path(internals.__file__))
    packages = {"graphql", "strawberry", "strawberry_django"}
    found = {(path.name, module) for path in ours for module in imported_modules(path)}
    assert {one for one in found if one[1].partition(".")[0] in packages and one[1] not in PUBLIC} == set()
