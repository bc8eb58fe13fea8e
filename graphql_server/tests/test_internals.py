"""The releases whose private parts are used, and what happens with others."""

import pytest

from graphql_server import internals
from graphql_server.context import Context
from graphql_server.execution.executor import Operation
from graphql_server.tests import toy
from graphql_server.tests.asking import uncharged
from graphql_server.tests.executors import executor_for


def test_the_installed_releases_are_those_that_were_tried() -> None:
    """Run all tests with a new release, and then name it in ``TRIED``."""
    assert internals.are_tried()


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


def test_what_strawberry_did_not_make_has_no_definition() -> None:
    assert internals.definition_of(internals.core_schema(toy.schema).type_map["String"]) is None
