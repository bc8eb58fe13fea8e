"""What the short walk finds valid is valid by all rules."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from graphql_server.documents.plain import is_plain_and_valid
from graphql_server.documents.validation import RULES
from graphql_server.tests.plans import odd
from graphql_server.tests.plans.random_documents import Author
from graphql_server.tests.plans.test_plans import VALUES
from tests.form import examples

SCHEMA = build_schema(
    """
    type Query { thing(id: ID!, kind: Kind = A, ids: [Int!], where: Where, text: String! = "x"): Thing any: Any
      loop: Query }
    type Mutation { act(id: ID!): Thing }
    type Subscription { happened(after: String): Thing count: Int }
    interface Named { name: String }
    type Thing implements Named { name: String things(first: Int): [Thing!]! kind: Kind! }
    union Any = Thing
    enum Kind { A B }
    input Where { a: Int }
    """
)
VALID = [
    '{ thing(id: "1") { name } }',
    "query Q($id: ID!) { thing(id: $id, kind: B, ids: 3) { name other: name things(first: 2) { kind __typename } } }",
    "query ($id: ID!, $ids: [Int!]!, $w: Where) { thing(ids: $ids, id: $id, where: $w) { name } loop { __typename } }",
    "mutation { act(id: 5) { name } a: act(id: 5) { name } }",
    "subscription ($after: String) { happened(after: $after) { name } }",
    "{ any { __typename } }",
]
NOT_PLAIN = [
    "query A { loop { __typename } } query B { loop { __typename } }",
    "{ loop { ... { __typename } } }",
    "query ($no: Boolean!) { loop @skip(if: $no) { __typename } }",
    '{ thing(id: "1", ids: [1]) { name } }',
    '{ thing(id: "1", where: null) { name } }',
    'query ($kind: Kind = A) { thing(id: "1", kind: $kind) { name } }',
    "{ a: loop { __typename } a: loop { __typename } }",
    "{ __schema { queryType { name } } }",
]
INVALID = [
    "{ nothing }",
    "{ loop }",
    '{ thing(id: "1") { name { first } } }',
    "{ thing { name } }",
    "{ thing(id: 1.5) { name } }",
    '{ thing(id: "1", kind: C) { name } }',
    '{ thing(id: "1", id: "2") { name } }',
    '{ thing(id: "1", other: 1) { name } }',
    "{ thing(id: $id) { name } }",
    'query ($unused: Int) { thing(id: "1") { name } }',
    "query ($id: ID) { thing(id: $id) { name } }",
    "query ($id: ID!, $id: ID!) { thing(id: $id) { name } }",
    "query ($id: Thing) { thing(id: $id) { name } }",
    "query ($id: Nothing) { thing(id: $id) { name } }",
    "query ($ids: [Int]) { thing(id: 1, ids: $ids) { name } }",
    '{ thing(id: "1") { a: name a: kind } }',
    "{ any { name } }",
    "{ __typename(a: 1) }",
    "{ __typename { a } }",
    "subscription { happened { name } count }",
    "subscription { __typename }",
    "subscription { count } query { loop { __typename } }",
    "fragment A on Thing { name }",
    "type Other { a: Int }",
]


@pytest.mark.parametrize("text", VALID)
def test_plain_documents_are_found_valid(text: str) -> None:
    assert is_plain_and_valid(SCHEMA, parse(text))
    assert validate(SCHEMA, parse(text), RULES) == []


@pytest.mark.parametrize("text", [*NOT_PLAIN, *INVALID])
def test_others_are_left_to_the_rules(text: str) -> None:
    assert not is_plain_and_valid(SCHEMA, parse(text))
    assert bool(validate(SCHEMA, parse(text), RULES)) == (text in INVALID)


@pytest.mark.parametrize("seed", range(examples(150)))
def test_what_is_found_valid_is_valid(seed: int) -> None:
    random, schema = Random(seed), odd.schema._schema
    root: Any = schema.query_type
    author = Author(schema, random, VALUES)
    for text in broken(author.operation("query", root, depth=3), random):
        if is_plain_and_valid(schema, parse(text)):
            assert validate(schema, parse(text), RULES) == []


def broken(text: str, random: Random) -> Sequence[str]:
    """The document, and versions of it in which one name is another's."""
    words = [word for word in text.replace("(", " ").replace(")", " ").split() if word.isidentifier()]
    pairs = [(random.choice(words), random.choice(words)) for _ in range(10)]
    versions = [text, *(text.replace(f" {old} ", f" {new} ", 1) for old, new in pairs)]
    return [version for version in versions if is_parsable(version)]


def is_parsable(text: str) -> bool:
    """Whether the syntax is right."""
    try:
        parse(text)
    except Exception:
        return False
    return True
