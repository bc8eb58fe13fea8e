"""The promises of both schemas, tested with thousands of requests: no internal error, no undocumented answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.graphql import nodes
from schemathesis.specs.openapi.checks import positive_data_acceptance

from graphql_api.schema import schema
from tests.environment import ROOT
from tests.form import examples
from tests.security.target import Target

pytestmark = [
    pytest.mark.e2e,
    # Threads of the web client draw random numbers while Hypothesis does, which blames the strategy for that.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"),
]

REST_EXAMPLES = {"token": examples(120), "anonymous": examples(15)}  # of each of seven operations, by caller
GRAPHQL_EXAMPLES = examples(90)  # of each root field
CLIENTS_FAULT = {
    "BAD_USER_INPUT",
    "CURSOR_EXPIRED",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "QUERY_TOO_EXPENSIVE",
}
RULES_BEYOND_A_SCHEMA = [
    positive_data_acceptance
]  # An order has lines or a total, not both; an e-mail address has an @.
FEW_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

PLAIN = st.decimals(0, 10**6, places=2).map(str)
schemathesis.graphql.scalar("Decimal", (PLAIN | st.text(max_size=20)).map(nodes.String))
schemathesis.graphql.scalar("DateTime", (st.datetimes().map(lambda one: f"{one.isoformat()}Z")).map(nodes.String))
schemathesis.graphql.scalar("JSON", st.text(max_size=20).map(nodes.String) | st.integers(-9, 9).map(nodes.Int))


def openapi() -> Any:
    """The OpenAPI document of ``/api/schema/``."""
    with GENERATOR_STATS.silence():
        return schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))


def operations(schema: Any) -> dict[str, Any]:
    """Its operations by name."""
    return {one.ok().label: one.ok() for one in schema.get_all_operations()}


REST = operations(openapi())
GRAPHQL = operations(schemathesis.graphql.from_path(ROOT / "graphql_api" / "schema.graphql"))


def for_any_case(
    operation: Any, most: int, check: Callable[[Any], None], mode: GenerationMode = GenerationMode.POSITIVE
) -> None:
    """Check that many generated requests for the operation, valid and invalid, get documented answers."""
    limits = settings(max_examples=most, deadline=None, suppress_health_check=FEW_CHECKS, database=None)
    limits(given(operation.as_strategy(generation_mode=mode))(check))()


@pytest.mark.parametrize("who", REST_EXAMPLES)
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", REST)
def test_rest_keeps_its_document(name: str, mode: GenerationMode, who: str, target: Target, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if who == "token" else {}

    def check(case: Any) -> None:
        case.call_and_validate(base_url=target.address, headers=headers, excluded_checks=RULES_BEYOND_A_SCHEMA)

    for_any_case(REST[name], REST_EXAMPLES[who], check, mode)


@pytest.mark.parametrize("name", GRAPHQL)
def test_graphql_keeps_its_schema(name: str, target: Target, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def check(case: Any) -> None:
        response = target.http.post("/graphql/", content=json.dumps({"query": case.body}), headers=headers)
        assert response.status_code == 200, (case.body, response.text)
        answer = response.json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= CLIENTS_FAULT | closed, (case.body, answer)

    kind, field = name.split(".")
    described = str(schema._schema.type_map[kind].fields[field].description)  # type: ignore[attr-defined]
    closed = {"FORBIDDEN"} if "elsewhere it is `FORBIDDEN`" in described else set()
    for_any_case(GRAPHQL[name], GRAPHQL_EXAMPLES, check)
