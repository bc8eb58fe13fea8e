"""The limits of a document; each fragment is counted once."""

from typing import Any
from unittest.mock import Mock

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_server.context import Context
from graphql_server.documents import size as document_size
from graphql_server.documents.size import Size
from graphql_server.execution.executor import Executor, Operation
from graphql_server.limits import DocumentLimits
from graphql_server.tests import toy
from graphql_server.tests.asking import uncharged
from graphql_server.tests.executors import executor_for
from tests.form import examples


def size_of(text: str) -> Size:
    """The size of the document."""
    document = parse(text)
    return document_size.measure(
        document, [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    )


def errors_under(context: Context, text: str, **most: int) -> list[dict[str, Any]]:
    """The errors of a document under these limits."""
    response = executor_for(toy.schema, documents=DocumentLimits(**most)).run(Operation(text), context)
    assert "data" not in response
    errors: list[dict[str, Any]] = response["errors"]
    return errors


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("{ a }", Size(depth=1, fields=1)),
        ("{ a b: c { d } }", Size(depth=2, fields=3, aliases=1)),
        ("{ a @x @y ... @z { b @x } }", Size(depth=1, fields=2, directives=4)),
        ("query A @x { a } query B { b { c } }", Size(depth=2, fields=3, directives=1)),
        ("{ ...F a { ...F } } fragment F on T { f { g: h @x } }", Size(depth=3, fields=5, aliases=2, directives=2)),
        ("{ a { ... on T { b } } }", Size(depth=2, fields=2)),
        ("{ ...Missing }", Size()),
        ("{ a } fragment Unused on T { b { c } }", Size(depth=1, fields=1)),
        ("{ a a b: a { c d: c c } b: a { c } }", Size(depth=2, fields=8, aliases=3, repeats=4)),
        ("{ ...F ...F ... { a } ... { a } } fragment F on T { a a }", Size(depth=1, fields=6, repeats=4)),
    ],
)
def test_measure(text: str, size: Size) -> None:
    assert size_of(text) == size


def doubling(levels: int) -> str:
    """A document whose fields double with each level of fragments."""
    fragments = [
        f"fragment F{level} on Node {{ a: child {{ ...F{level + 1} }} b: child {{ ...F{level + 1} }} }}"
        for level in range(levels)
    ]
    return "\n".join(["{ node { ...F0 } }", *fragments, f"fragment F{levels} on Node {{ name }}"])


def test_nested_fragments_are_each_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    own_size = Mock(wraps=document_size.own_size)
    monkeypatch.setattr(document_size, "own_size", own_size)

    size = size_of(doubling(80))

    assert own_size.call_count == 82
    assert (size.depth, size.fields) == (82, 1 + (2**81 - 2) + 2**80)


def test_exponential_document_is_refused_before_validation(context: Context) -> None:
    errors = errors_under(context, doubling(45))

    assert [error["message"] for error in errors] == [
        "The document has 47 levels of fields; at most 20 are allowed.",
        "The document has over a million fields; at most 1,000 are allowed.",
        "The document has over a million aliases; at most 100 are allowed.",
    ]
    assert {error["extensions"]["code"] for error in errors} == {"QUERY_TOO_EXPENSIVE"}


@pytest.mark.parametrize(
    "text",
    [
        "{ node { ...A } } fragment A on Node { child { ...A } }",
        "{ node { ...A } } fragment A on Node { ...B } fragment B on Node { ...C ...A } fragment C on Node { ...B }",
    ],
)
def test_fragments_in_a_circle_are_measured_and_then_invalid(context: Context, text: str) -> None:
    errors = errors_under(context, text)

    assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert errors[0]["message"].startswith("Cannot spread fragment")


def test_long_chain_of_fragments_needs_no_deep_stack() -> None:
    chain = [f"fragment F{n} on T {{ ...F{n + 1} }}" for n in range(5_000)]

    assert size_of("\n".join(["{ ...F0 }", *chain, "fragment F5000 on T { a }"])) == Size(depth=1, fields=1)


@pytest.mark.parametrize(
    ("most", "text", "message"),
    [
        ({"depth": 2}, "{ node { child { name } } }", "The document has 3 levels of fields; at most 2 are allowed."),
        ({"fields": 2}, "{ a: hello hello b: hello }", "The document has 3 fields; at most 2 are allowed."),
        ({"aliases": 1}, "{ a: hello b: hello }", "The document has 2 aliases; at most 1 are allowed."),
        (
            {"directives": 1},
            "{ hello @skip(if: true) @skip(if: true) }",
            "The document has 2 directives; at most 1 are allowed.",
        ),
        ({"repeats": 1}, "{ hello hello hello }", "The document has 2 repeats; at most 1 are allowed."),
        (
            {"repeats": 1},
            "{ ... { hello } ... { hello } ... { hello } }",
            "The document has 2 repeats; at most 1 are allowed.",
        ),
        (
            {"fragments": 1},
            "{ ...A ...B } fragment A on Query { hello } fragment B on Query { hello }",
            "The document has 2 fragments; at most 1 are allowed.",
        ),
        (
            {"variables": 1},
            "query ($a: String, $b: String) { a: hello(name: $a) b: hello(name: $b) }",
            "The document has 2 variables; at most 1 are allowed.",
        ),
        (
            {"operations": 1},
            "query A { hello } query B { hello }",
            "The document has 2 operations; at most 1 are allowed.",
        ),
        ({"characters": 8}, "{ hello }", "The document has 9 characters; at most 8 are allowed."),
        ({"tokens": 2}, "{ hello }", "Syntax Error: Document contains more than 2 tokens. Parsing aborted."),
    ],
)
def test_limit_exceeded_by_one(context: Context, most: dict[str, int], text: str, message: str) -> None:
    [error] = errors_under(context, text, **most)

    assert (error["message"], error["extensions"]) == (message, {"code": "QUERY_TOO_EXPENSIVE"})
    [(name, number)] = most.items()
    passed = executor_for(toy.schema, documents=DocumentLimits(**{name: number + 1})).documents.read(text).errors
    assert "QUERY_TOO_EXPENSIVE" not in [one["extensions"]["code"] for one in passed]


def test_introspection_by_clients_is_within_the_limits(executor: Executor, context: Context) -> None:
    query = get_introspection_query(input_value_deprecation=True, schema_description=True)

    assert "errors" not in executor.run(Operation(query), context)


def test_introspection_can_be_off(context: Context) -> None:
    closed = executor_for(toy.schema, introspection=False)

    errors = closed.run(Operation("{ __schema { queryType { name } } }"), context)["errors"]
    assert [error["extensions"]["code"] for error in errors] == ["GRAPHQL_VALIDATION_FAILED"] * 2
    [error] = closed.run(Operation("{ nod }"), context)["errors"]
    assert error["message"] == "Cannot query field 'nod' on type 'Query'."
    assert uncharged(closed.run(Operation("{ __typename }"), context)) == {"data": {"__typename": "Query"}}


Selection = str | tuple[str, Any]
names = st.sampled_from("abc")


def selections(fragments: int) -> st.SearchStrategy[list[Any]]:
    """Fields, aliased fields with selections below, and spreads of the fragments that come after."""
    leaf = st.one_of(names, st.integers(min_value=0, max_value=fragments).map(lambda n: f"...F{n}"))
    return st.recursive(
        st.lists(leaf, min_size=1, max_size=3),
        lambda below: st.lists(st.one_of(leaf, st.tuples(names, below)), min_size=1, max_size=3),
        max_leaves=6,
    )


def written(selection_set: list[Any]) -> str:
    """The document as GraphQL text."""
    parts = (part if isinstance(part, str) else f"x: {part[0]} {written(part[1])}" for part in selection_set)
    return f"{{ {' '.join(parts)} }}"


def expanded(
    selection_set: list[Any], fragments: list[list[Any]], after: int, names: dict[str, Any] | None = None
) -> Size:
    """The same sums, computed by walking into every spread."""
    size, names = Size(), {} if names is None else names
    for part in selection_set:
        name = part if isinstance(part, str) else "x"
        size.repeats += name in names
        below = names.setdefault(name, {})
        if isinstance(part, tuple):
            size.add(Size(depth=1, fields=1, aliases=1), below=0)
            size.add(expanded(part[1], fragments, after, below), below=1)
        elif not part.startswith("..."):
            size.add(Size(depth=1, fields=1), below=0)
        elif after <= (number := int(part[4:])) < len(fragments):
            size.add(expanded(fragments[number], fragments, number + 1), below=0)
    return size


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(selections(3), min_size=1, max_size=4))
def test_measure_equals_walking_into_every_spread(sets: list[list[Any]]) -> None:
    def only_later(selection_set: list[Any], after: int) -> list[Any]:
        kept = [
            (part[0], only_later(part[1], after)) if isinstance(part, tuple) else part
            for part in selection_set
            if isinstance(part, tuple) or not part.startswith("...") or int(part[4:]) >= after
        ]
        return kept or ["a"]

    root, *rest = sets
    fragments = [only_later(selection_set, number + 1) for number, selection_set in enumerate(rest)]
    text = "\n".join([written(root), *(f"fragment F{n} on T {written(f)}" for n, f in enumerate(fragments))])

    assert size_of(text) == expanded(root, fragments, 0)
