"""Bad values in every argument, by GraphQL over HTTP and WebSocket and by REST: a typed error, and no row written."""

import base64
import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.form import examples
from tests.security.target import TRANSPORTS, Answer, Target, Transport

pytestmark = pytest.mark.e2e

CREATE = """mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id total { amount } } userErrors { code field } }
}"""
COUNT = "{ orders(first: 1) { totalCount } }"
BAD_INPUT = {"BAD_USER_INPUT"}
NUMBERS: list[Any] = [
    float("inf"), 1e300, "1e400", "NaN", "Infinity", "-Infinity", "9" * 100_000, -1, "-0.01", "1.005", 10**30,
    "1.000", "1.0000", "\u0661\u0662", "1,5",
    " 1", "1 ", "+1", "0x10", "1_000", "", True, None, [], {}, "1\u0000", "1.", ".5", "100000000.00",
]  # fmt: skip
TEXTS = [
    "a\r\nBcc: x@example.com", "a\u0000b", "a\u202eb", "\ud800", "x" * 100_000, " ", "\u0007", 7, [], {"a": 1}, True,
]  # fmt: skip
EMAILS = [
    *TEXTS, "no-address", "a@b@c.de", "a@\u0000.de", '"a\r\n"@example.com', "a@example.com\n", "<a@example.com>",
    "a" * 300 + "@example.com",
]  # fmt: skip
QUANTITIES: list[Any] = [0, -1, 2**31 - 1, 2**31, 2**63, 10**400, 1.5, "1", True, None, [], float("inf")]
IDS: list[Any] = [
    "", "1", "x" * 100_000, "T3JkZXI6", "T3JkZXI6MQ==", "\u0000", "\ud800", base64.b64encode(b"Order:\xff").decode(),
    base64.b64encode(b"Tenant:1").decode(), base64.b64encode(b"Order:00000000-0000-0000-0000-000000000000\n").decode(),
    "' OR 1=1 --", 10**30, -1, 1.5, True, [], {},
]  # fmt: skip
CURSORS = [
    "", "x", "arrayconnection:5", "YXJyYXljb25uZWN0aW9uOjU=", "\u0000", "\ud800", "A" * 100_000,
    "' OR 1=1 --", "=", "a.b.c",
]  # fmt: skip


def order(**changed: Any) -> Answer:
    """A valid order input with these changes."""
    line = {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unitPrice": "12.50"}
    line |= {name: changed.pop(name) for name in list(changed) if name in line}
    return {"lines": [line], "customerEmail": "ada@example.com", "customerName": "Ada", **changed}


def refusals(answer: Answer) -> list[Any]:
    """The errors of an answer: codes of top-level errors, or codes and paths of user errors."""
    if "errors" in answer:
        return [error["extensions"]["code"] for error in answer["errors"]]
    [payload] = answer["data"].values()
    assert payload["order"] is None or not payload["userErrors"]
    return [(error["code"], ".".join(error["field"] or [])) for error in payload["userErrors"]]


def assert_refused(transport: Transport, given: Answer, path: str) -> None:
    """An order with this input is refused, for this field alone, and none is written."""
    before = transport.data(COUNT)
    said = refusals(transport.ask(CREATE, {"input": given}))
    assert said, given
    assert all(one in {"BAD_USER_INPUT", "QUERY_TOO_EXPENSIVE"} or one[1].startswith(path) for one in said), said
    assert transport.data(COUNT) == before


@pytest.mark.parametrize("value", [*NUMBERS, 1.005], ids=lambda value: repr(value)[:20])
def test_amounts(transport: Transport, value: Any) -> None:
    assert_refused(transport, order(unitPrice=value), "lines.0.unitPrice")
    if value is not None:
        assert_refused(transport, {"total": value, "customerEmail": "ada@example.com"}, "total")


@pytest.mark.parametrize("value", QUANTITIES, ids=lambda value: repr(value)[:20])
def test_quantities(transport: Transport, value: Any) -> None:
    assert_refused(transport, order(quantity=value), "lines.0.quantity")


@pytest.mark.parametrize("value", EMAILS, ids=lambda value: repr(value)[:20])
def test_e_mail_addresses(transport: Transport, value: Any) -> None:
    assert_refused(transport, order(customerEmail=value), "customerEmail")


@pytest.mark.parametrize("field", ["sku", "name", "customerName", "externalReference", "currency", "idempotencyKey"])
@pytest.mark.parametrize("value", [text for text in TEXTS if text != " "], ids=lambda value: repr(value)[:20])
def test_texts(transport: Transport, field: str, value: Any) -> None:
    assert_refused(transport, order(**{field: value}), f"lines.0.{field}" if field in {"sku", "name"} else field)


@pytest.mark.parametrize("value", IDS, ids=lambda value: repr(value)[:20])
def test_ids(transport: Transport, value: Any) -> None:
    for query in (
        "query ($id: ID!) { node(id: $id) { id } }",
        "query ($id: ID!) { nodes(ids: [$id]) { id } }",
        "query ($id: ID!) { order(by: {id: $id}) { id } }",
        "query ($id: ID!) { orderEvents(orderId: $id) { nodes { id } } }",
        "query ($id: ID!) { deliveries(orderId: $id) { nodes { id } } }",
        "mutation ($id: ID!) { payOrder(input: {id: $id}) { order { id } userErrors { code } } }",
        "mutation ($id: ID!) { retryDelivery(input: {id: $id}) { delivery { id } userErrors { code } } }",
        "mutation ($id: ID!) { revokeApiToken(input: {id: $id}) { apiToken { id } userErrors { code } } }",
        "mutation ($id: ID!) { withdrawInvitation(input: {id: $id}) { withdrawnId userErrors { code } } }",
    ):
        answer = transport.ask(query, {"id": value})
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= BAD_INPUT, answer
        assert codes or "NOT_FOUND" in json.dumps(answer), answer


@pytest.mark.parametrize("value", CURSORS, ids=lambda value: repr(value)[:20])
def test_cursors(transport: Transport, value: str) -> None:
    for field in ("orders", "orderEvents", "auditRecords", "deliveries", "apiTokens"):
        query = f"query ($after: String) {{ {field}(after: $after) {{ pageInfo {{ endCursor }} }} }}"
        assert transport.codes(query, {"after": value}) == BAD_INPUT
    assert transport.codes("query ($a: String!) { auditVerify(after: $a) { isIntact } }", {"a": value}) == BAD_INPUT


@pytest.mark.parametrize("value", CURSORS, ids=lambda value: repr(value)[:20])
def test_cursors_of_subscriptions(target: Target, token: str, value: str) -> None:
    transport = TRANSPORTS["WebSocket"](target, token)
    for field in ("orderCreated", "orderChanged", "orderEvents"):
        query = f"subscription ($after: String) {{ {field}(after: $after) {{ cursor }} }}"
        assert transport.codes(query, {"after": value}) == BAD_INPUT


# --- REST -------------------------------------------------------------------------------------------------------------


def rest(target: Target, token: str, body: str, path: str = "/api/orders/") -> Any:
    """POST this text; return the problem document of the answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    response = target.http.post(path, content=body, headers=headers)
    assert 400 <= response.status_code < 500, (body[:100], response.text)
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.json()


REST_NAMES = {"unitPrice": "unit_price", "customerEmail": "customer_email", "customerName": "customer_name"}
BAD_BY_FIELD: dict[str, list[Any]] = {
    "unitPrice": NUMBERS, "quantity": QUANTITIES, "customerEmail": EMAILS, "sku": TEXTS, "customerName": TEXTS[:5],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in BAD_BY_FIELD.items() for value in values],
    ids=lambda value: repr(value)[:20],
)
def test_rest(target: Target, token: str, field: str, value: Any) -> None:
    line = {"sku": "TEA-1", "quantity": 2, "unit_price": "12.50"}
    body: Answer = {"lines": [line], "customer_email": "ada@example.com"}
    (line if field in {"sku", "quantity", "unitPrice"} else body)[REST_NAMES.get(field, field)] = value
    problem = rest(target, token, json.dumps(body))
    assert problem["status"] in {400, 422}


@pytest.mark.parametrize("value", ["x", "00000000-0000-0000-0000-000000000000x", "%00", "..%2f..", "9" * 1_000])
def test_rest_ids(target: Target, token: str, value: str) -> None:
    response = target.http.get(f"/api/orders/{value}/", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code in {400, 404}, response.text


# --- Random values ----------------------------------------------------------------------------------------------------

MANY = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60)
ANY_NUMBER = st.one_of(
    st.decimals().map(str),
    st.floats(allow_nan=False),
    st.integers(),
    st.text(string.digits + "+-.eE_ \u0660\u0661\uff11", max_size=30),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | ANY_NUMBER | ANY_TEXT,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(ANY_TEXT, one, max_size=3),
)


def assert_answered(answer: Answer) -> None:
    """It was refused by a rule of ours, or done; no internal error, and no closed socket."""
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] in {"BAD_USER_INPUT", "QUERY_TOO_EXPENSIVE", "THROTTLED"}, answer
    assert "errors" in answer or "data" in answer, answer


@MANY
@given(amount=ANY_NUMBER)
def test_any_amount(transport: Transport, amount: Any) -> None:
    answer = transport.ask(CREATE, {"input": order(unitPrice=amount)})
    assert_answered(answer)
    made = (answer.get("data") or {}).get("createOrder") or {}
    if made.get("order"):
        assert made["order"]["total"]["amount"] == f"{abs(round(float(amount) * 2, 2)):.2f}"


@MANY
@given(field=st.sampled_from(["sku", "name", "customerName", "customerEmail", "externalReference"]), text=ANY_TEXT)
def test_any_text(transport: Transport, field: str, text: str) -> None:
    assert_answered(transport.ask(CREATE, {"input": order(**{field: text})}))


@MANY
@given(value=ANY_JSON)
def test_any_metadata(transport: Transport, value: Any) -> None:
    assert_answered(transport.ask(CREATE, {"input": order(metadata=value)}))


@MANY
@given(value=ANY_TEXT | st.binary().map(lambda raw: base64.b64encode(b"Order:" + raw).decode()))
def test_any_id_and_cursor(transport: Transport, value: str) -> None:
    both = "query ($id: ID!, $after: String) { node(id: $id) { id } orders(after: $after) { totalCount } }"
    assert_answered(transport.ask(both, {"id": value, "after": value}))
