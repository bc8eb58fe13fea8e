"""Validation finds the errors that graphql-core's ``validate`` finds with all rules, in the same order."""

import re
from random import Random
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, NoSchemaIntrospectionCustomRule, parse, validate

from graphql_server.documents.validation import ABOUT, RULES, errors_of
from graphql_server.tests import toy
from graphql_server.tests.plans import odd
from graphql_server.tests.plans.random_documents import Author
from tests.form import examples

SCHEMA = odd.schema._schema
QUERY: Any = SCHEMA.query_type
VALUES: dict[str, Any] = {"index": [0, "x", 2.5], "times": [1, None, "y"], "by": [1, []], "tags": [["a"], 5, None]}
TOKENS = re.compile(r"\.\.\.|[\w$@]+|[{}():!=]|\s+")
PIECES = [
    "...",
    "@include(if: true)",
    "@skip",
    "@other",
    "$x",
    "($x: Int)",
    "text",
    "__typename",
    "fragment F on Thing { text }",
]
PIECES += [
    "...F",
    "...V1",
    "... on Cat { lives }",
    "... on Nothing { a }",
    "{ index }",
    "(index: 1)",
    "(index: $x)",
    "query",
    "{",
    "}",
]


def shown(errors: list[GraphQLError]) -> list[Any]:
    """What clients see of errors."""
    return [(error.message, error.locations, error.extensions) for error in errors]


def check(schema: Any, text: str, *, introspection: bool = True) -> list[Any]:
    """The errors, which must be those of graphql-core with all rules."""
    ast = parse(text)
    rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
    expected = validate(schema, ast, rules, 5, hide_suggestions=not introspection)
    found = errors_of(schema, text, ast, most=5, introspection=introspection)
    assert shown(found) == shown(expected)
    return found


@pytest.mark.parametrize("seed", range(examples(200)))
def test_random_documents_have_the_errors_that_graphql_core_finds(seed: int) -> None:
    random = Random(seed)
    author = Author(SCHEMA, random, VALUES)
    text = author.operation("query", QUERY, depth=4)
    check(SCHEMA, text)
    parts = TOKENS.findall(text)
    for _ in range(10):
        changed = list(parts)
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(changed))
            changed[place : place + random.randint(0, 1)] = [f" {random.choice([*PIECES, *parts])} "]
        try:
            check(SCHEMA, "".join(changed), introspection=random.random() < 0.5)
        except GraphQLSyntaxError:
            continue


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ thing { text } } { thing { index } }", "anonymous"),
        ("query A { thing { text } } query A { thing { text } }", "only one operation named 'A'"),
        ("fragment F on Thing { text } { thing { text } }", "never used"),
        ("{ thing { ...F } }", "Unknown fragment"),
        ("{ thing { ...F } } fragment F on Thing { child { ...F } }", "within itself"),
        ("{ thing { ... on Nothing { a } } }", "Unknown type"),
        ("{ thing { ... on Cat { lives } } }", "can never be of type"),
        ("{ thing { text @other } }", "Unknown directive"),
        ("{ thing { text @skip(if: true) @skip(if: true) } }", "only be used once"),
        ("query ($a: Int, $a: Int) { thing(index: $a) { text } }", "only one variable named"),
        ("query ($a: Int) { thing { text } }", "never used"),
        ("{ thing(index: $a) { text } }", "not defined"),
        ("query ($a: Thing) { thing(index: $a) { text } }", "cannot be non-input type"),
        ("query ($a: String) { thing(index: $a) { text } }", "used in position"),
        ("{ thing(other: 1) { text } }", "Unknown argument"),
        ("{ thing(index: 1, index: 2) { text } }", "only one argument"),
        ('{ thing(index: "x") { text } }', "Int cannot represent"),
        ("{ thing { text: index text } }", "conflict"),
        ("{ thing }", "must have a selection"),
        ("{ thing { text { a } } }", "must not have a selection"),
        ("{ thing { texT } }", "Cannot query field"),
        ("{ a b c d e f g }", "error limit reached"),
    ],
)
def test_a_broken_rule_is_reported(text: str, message: str) -> None:
    assert message in "\n".join(error.message for error in check(SCHEMA, text))


def test_a_subscription_to_two_fields_is_refused() -> None:
    schema = toy.schema._schema
    names = list(schema.subscription_type.fields)[:2]  # type: ignore[union-attr]
    assert check(schema, f"subscription {{ {names[0]} {names[1]} }}")


def test_introspection_is_refused_where_it_is_closed() -> None:
    errors = check(SCHEMA, "{ __schema { queryType { name } } }", introspection=False)
    assert all("introspection" in error.message for error in errors)


def test_every_rule_with_a_condition_is_a_rule() -> None:
    assert ABOUT.keys() <= {*RULES, NoSchemaIntrospectionCustomRule}
