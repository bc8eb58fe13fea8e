"""Nodes have equal texts exactly if graphql-core prints them alike."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, print_ast

from graphql_server.documents.printer import Printer, variables_in
from graphql_server.tests.plans import odd
from graphql_server.tests.plans.random_documents import Author
from graphql_server.tests.plans.test_plans import VALUES
from tests.form import examples


def selected(text: str) -> Any:
    """What the first operation of a document selects."""
    [operation, *_] = [node for node in parse(text).definitions if isinstance(node, OperationDefinitionNode)]
    return operation.selection_set


@pytest.mark.parametrize("seed", range(examples(60)))
def test_random_selections(seed: int) -> None:
    root: Any = odd.schema._schema.query_type
    author = Author(odd.schema._schema, Random(seed), VALUES)
    first, second = (selected(author.operation("query", root, depth=3)) for _ in range(2))
    for one in (first, second):
        printer = Printer()
        again = selected(print_ast(one) + " # in another layout")
        assert printer.selected(one) == Printer().selected(again)
        assert printer.variables == variables_in(one)
    assert (Printer().selected(first) == Printer().selected(second)) == (print_ast(first) == print_ast(second))


def test_texts_differ_wherever_documents_do() -> None:
    texts = ["{a}", "{a b}", "{b a}", "{a:b}", "{a{b}}", "{a{b}c}", "{a(b:1)}", "{a(b:$c)}", "{a(b:1 c:2)}"]
    texts += [
        "{a(b:c)}",
        '{a(b:"$c")}',
        '{a(b:"c")}',
        "{a(b:[1])}",
        "{a@include(if:true)}",
        "{...a}",
        "{...{a}}",
        "{a(b:{c:$d})}",
    ]
    printed = sorted(Printer().selected(selected(text)) for text in texts)
    assert all(one != other for one, other in pairwise(printed))
