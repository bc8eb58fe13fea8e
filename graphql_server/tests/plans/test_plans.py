"""An operation has the same answer with a plan and without a plan, errors included, and no resolver runs twice."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse, validate

from graphql_server.deadline import Stop, stoppable
from graphql_server.errors import format_errors
from graphql_server.internals import is_awaitable
from graphql_server.plans.document_plans import MOST_VARIANTS, Plans
from graphql_server.plans.execution import planned
from graphql_server.tests.plans import odd
from graphql_server.tests.plans.random_documents import LEFT_OUT, Author
from tests.form import examples

SCHEMA = odd.schema._schema
QUERY: Any = SCHEMA.query_type
THING: Any = SCHEMA.type_map["Thing"]
EXECUTOR = planned(stoppable(odd.schema.execution_context_class))
VALUES: dict[str, Sequence[Any]] = {
    "index": [0, 1, 3, 5, 9, 14, 22, 30, 33, -1, "x"],
    "times": [0, 1, -1, None],
    "by": [1, 5],
    "tags": [["a"], "b", [], None],
}


def executed(
    text: str, variables: dict[str, Any] | None = None, *, plans: Plans | None, name: str | None = None
) -> Any:
    """Data and errors, as clients get them."""
    result = execute(
        SCHEMA,
        parse(text),
        context_value="context",
        variable_values=variables,
        operation_name=name,
        executor_class=EXECUTOR,
        is_awaitable=is_awaitable,
        plans=plans,
        stop=Stop(),
    )
    assert isinstance(result, ExecutionResult)
    errors = [(error.message, error.path, error.locations, repr(error.original_error)) for error in result.errors or ()]
    return repr(result.data), errors, result.errors and format_errors(result.errors, "r-1")


def plans_of(text: str) -> Plans:
    """New plans of a document."""
    return Plans(parse(text), characters=100_000)


def both(text: str, variables: dict[str, Any] | None = None) -> Any:
    """The answer, which must be equal with a plan and without a plan."""
    plans = plans_of(text)
    by_plan = executed(text, variables, plans=plans)
    assert by_plan == executed(text, variables, plans=None)
    assert None not in plans._compiled.values()
    return by_plan


@pytest.mark.parametrize("field", sorted(THING.fields.keys() - LEFT_OUT))
def test_every_kind_of_value_and_error_is_completed_equally(field: str) -> None:
    below = {"animal": "Named", "animals": "Named", "pet": "Pet", "cat": "Cat"}
    selection = ""
    if field in below:
        selection = (
            "{ __typename ... on Named { name upper } ... on Cat { lives friend { name } } ... on Dog { fault } }"
        )
    elif "child" in field.lower():
        selection = "{ index sureText texts sureChild { index } }"
    for index in range(len(odd.LEAVES)):
        for root in ("thing", "sureThing"):
            both(f"{{ {root}(index: {index}) {{ index {field} {selection} }} }}")


@pytest.mark.parametrize("seed", range(examples(150)))
def test_random_documents_have_equal_answers(seed: int) -> None:
    author = Author(SCHEMA, Random(seed), VALUES)
    text = author.operation("query", QUERY, depth=5)
    assert len(text) < 100_000
    if not validate(SCHEMA, parse(text)):
        both(text, author.variables)


@pytest.mark.parametrize(
    ("text", "ran"),
    [
        ("mutation { act(index: 7) { text fault sureChild { index } } }", [7]),
        (
            "mutation { a: act(index: 1) { sureFault } b: act(index: -1) { index } c: act(index: 2) { index } }",
            [1, -1, 2],
        ),
        (
            "mutation { a: act(index: 1) { index } b: surelyAct(index: 2) { sureFault } c: act(index: 3) { index } }",
            [1, 2],
        ),
    ],
    ids=["errors below", "errors beside", "ended by an error"],
)
def test_a_mutation_runs_once_even_if_its_answer_fails(text: str, ran: list[int]) -> None:
    odd.done.clear()
    executed(text, plans=plans_of(text))
    assert odd.done == ran
    both(text)


def test_conditions_merged_fields_and_fragments_work_as_in_graphql_core() -> None:
    text = """
      query ($yes: Boolean!, $no: Boolean! = false) {
        thing(index: 2) { index ...A @skip(if: $no) child { ... @include(if: $yes) { index } } }
        thing(index: 2) { child { text } ... on Thing @include(if: $no) { fault } }
      }
      fragment A on Thing { child { number @skip(if: $yes) ...B } }
      fragment B on Thing { animals { ... on Cat { name } ... on Named { upper } } }
    """
    plans = plans_of(text)
    for variables in ({"yes": True}, {"yes": False}, {"yes": True, "no": True}, {"yes": None}, {}):
        assert executed(text, variables, plans=plans) == executed(text, variables, plans=None)
    assert len(plans._compiled) == 3


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { queryType { name } } thing { index } }",
        '{ __type(name: "Thing") { kind } }',
        "{ thing { ...A } } "
        "fragment A on Thing { a: child { ...B } b: child { ...B } c: child { ...B } d: child { ...B } } "
        "fragment B on Thing { a: child { ...C } b: child { ...C } c: child { ...C } d: child { ...C } } "
        "fragment C on Thing { a: index b: index c: index d: index }",
    ],
    ids=["introspection", "of a type", "fragments that multiply"],
)
def test_a_document_without_a_plan_is_executed_by_graphql_core(text: str) -> None:
    plans = Plans(parse(text), characters=len(text))
    assert executed(text, plans=plans) == executed(text, plans=None)
    assert list(plans._compiled.values()) == [None]


def test_operations_of_one_document_have_plans_of_their_own() -> None:
    text = "query A { thing { index } } query B { thing { text } }"
    assert Plans(parse(text), len(text)).conditions == ()
    plans = plans_of(text)
    for name in "ABA":
        by_plan = executed(text, plans=plans, name=name)
        assert by_plan == executed(text, plans=None, name=name)
    assert sorted(plans._compiled) == [("A",), ("B",)]


def test_variants_of_a_document_are_bounded() -> None:
    names = [f"v{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: index @include(if: ${name})" for name in names)
    text = f"query ({declared}) {{ thing {{ {fields} }} }}"
    plans = plans_of(text)
    for number in range(2**6):
        variables = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        assert executed(text, variables, plans=plans) == executed(text, variables, plans=None)
    assert len(plans._compiled) == MOST_VARIANTS


def test_an_awaitable_result_ends_the_operation() -> None:
    odd.done.clear()
    for text in ("{ awaits }", "{ thing { children { awaits } } }", "mutation { act(index: 3) { awaits } }"):
        with pytest.raises(TypeError, match="something to await"):
            executed(text, plans=plans_of(text))
    assert odd.done == [3]
