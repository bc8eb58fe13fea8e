"""The steps of an operation before it runs: read off the event loop, charged each time, in turn."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import thread_time
from typing import Any, cast
from uuid import uuid4

import pytest
import strawberry
from django.conf import LazySettings
from django.test import AsyncClient
from strawberry.extensions import SchemaExtension

from graphql_api.access.context import Context
from graphql_api.server import server
from graphql_api.tests.live.sockets import live
from graphql_api.tests.serving import executor_for
from graphql_server import json_text
from graphql_server.caches import ENTRY_BYTES
from graphql_server.documents import documents
from graphql_server.execution.executor import Executor, Operation
from graphql_server.testing.peer import Peer
from graphql_server.tests import toy
from graphql_server.tests.asking import URL, post, uncharged
from graphql_server.tests.executors import set_limits
from tenants.auth.authentication import anonymous, demo_caller
from tenants.context import Caller
from tenants.ratelimit import throttling
from tenants.values.identifiers import uuid7

pytestmark = [pytest.mark.urls("graphql_api.tests.server.toy_urls"), pytest.mark.usefixtures("executor", "context")]

MANY_FIELDS = "{ " + " ".join(f"node {{ n{n}: name }}" for n in range(99)) + " }"
BREAKS_A_LIMIT = "{ " + "hello " * 200 + "}"


@pytest.fixture
def throttle(settings: LazySettings) -> Callable[..., None]:
    """Sets the rates; buckets hold the points of ten seconds."""

    def set_rates(**rates: int) -> None:
        settings.THROTTLE = {"caller": 0, "tenant": 0, "address": 0} | rates
        settings.REDIS_URL = ""  # This process counts points exactly.
        throttling.forget()

    return set_rates


def left() -> int:
    """The points that the demo's caller has left."""
    allowance = throttling.take(demo_caller(), 0)
    assert allowance is not None
    return allowance.available


@pytest.mark.parametrize("text", [MANY_FIELDS, BREAKS_A_LIMIT, "{ nope }", "{", "subscription { count(to: 1) }"])
async def test_over_a_socket_a_document_is_read_off_the_event_loop(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    seen = threads_that_read(monkeypatch)

    async with Peer(server.websocket, headers={"host": "localhost"}) as peer:
        await peer.initialises()
        await peer.subscribes("1", text)
        assert cast("dict[str, Any]", await peer.hears())["id"] == "1"

    assert set(seen) == {"reading_0"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_over_http_a_document_is_read_off_the_event_loop(
    http: AsyncClient, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    seen = threads_that_read(monkeypatch)

    await (http.get(URL, {"query": MANY_FIELDS}) if method == "GET" else post(http, {"query": MANY_FIELDS}))

    assert set(seen) == {"reading_0"}


def threads_that_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which documents are parsed and validated from now on."""
    seen: list[str] = []
    for name in ("parse", "errors_of"):
        read = getattr(documents, name)

        def noted(*arguments: Any, read: Any = read, **options: Any) -> Any:
            seen.append(threading.current_thread().name)
            return read(*arguments, **options)

        monkeypatch.setattr(documents, name, noted)
    return seen


async def test_only_large_json_is_read_off_the_event_loop(http: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    loads = json_text.loads

    def noted(text: bytes) -> Any:
        seen.append(threading.current_thread().name)
        return loads(text)

    monkeypatch.setattr(json_text, "loads", noted)

    for padding in (10, json_text.SMALL):
        response = await post(http, {"query": "{ hello }", "extensions": {"padding": "x" * padding}})
        assert uncharged(response.json()) == {"data": {"hello": "hello world"}}

    assert seen == [threading.current_thread().name, "reading_0"]


def test_joining_a_subscription_reads_no_document(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threads_that_read(monkeypatch)

    async def join() -> object:
        return live.here().join(Operation("subscription { count(to: 1) }"), demo_caller())

    assert asyncio.run(join()) is None
    assert seen == []


@pytest.mark.parametrize("text", ["{ nope }", BREAKS_A_LIMIT, "{", "{ hello } #" + "x" * 200_000])
async def test_a_document_that_is_refused_is_charged_each_time(
    executor: Executor, throttle: Callable[..., None], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    throttle(caller=100_000)
    monkeypatch.setattr("tenants.ratelimit.buckets.time.monotonic", lambda: 1_000.0)
    context = Context(caller=demo_caller(), request_id="r-1")
    before = left()

    for _ in range(3):
        assert "errors" in await executor.execute(Operation(text), context)

    assert before - left() == 3 * 10 * (len(text) // 10 + 1)


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b'{"query": 1}', 400), (b"[" + b"1e999," * 100_000 + b"1]", 400)]
)
async def test_a_body_without_an_operation_is_charged(
    http: AsyncClient, throttle: Callable[..., None], body: bytes, status: int
) -> None:
    throttle(caller=1)  # The bucket holds ten.
    answers = [await post(http, body) for _ in range(11)]

    assert answers[0].status_code == status
    assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "10" if len(body) > 10_000 else "1")
    assert answers[-1].json()["errors"][0]["extensions"]["code"] == "THROTTLED"


async def test_large_json_is_charged_before_it_is_read(
    http: AsyncClient, throttle: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    throttle(caller=10)
    await post(http, {"query": "{ hello }", "extensions": {"padding": "x" * 100_000}})
    monkeypatch.setattr(json_text, "loads", None)

    response = await post(http, {"query": "{ hello }", "extensions": {"padding": "x" * 100_000}})

    assert response.status_code == 429


ANONYMOUS = {"x-forwarded-for": "192.0.2.1"}  # Behind a proxy there is no demo.


async def test_anonymous_callers_may_send_small_bodies(http: AsyncClient) -> None:
    padded = [{"query": "{ __typename }", "extensions": {"padding": "x" * size}} for size in (16_000, 17_000)]

    assert [(await post(http, body, headers=ANONYMOUS)).status_code for body in padded] == [200, 413]
    assert [(await post(http, body)).status_code for body in padded] == [200, 200]


async def test_anonymous_callers_may_send_short_documents(executor: Executor) -> None:
    text = "{ " + " ".join(f"node {{ n{n}: name }}" for n in range(99)) + " }"
    outsider, member = (Context(caller=caller, request_id="r-1") for caller in (anonymous(), demo_caller()))

    [error] = (await executor.execute(Operation(text), outsider))["errors"]

    assert error["message"] == "Syntax Error: Document contains more than 500 tokens. Parsing aborted."
    assert error["extensions"]["code"] == "QUERY_TOO_EXPENSIVE"
    # It was not kept as invalid for all callers.
    assert "errors" not in await executor.execute(Operation(text), member)


async def test_a_long_address_is_refused(http: AsyncClient) -> None:
    response = await http.get(URL, {"query": "{ hello } #" + "x" * 33_000})

    assert response.status_code == 414


def of(executor: Executor, caller: Caller, text: str = "{ wait }") -> "asyncio.Task[dict[str, Any]]":
    """An operation of a caller that has begun."""
    return asyncio.create_task(executor.execute(Operation(text), Context(caller=caller, request_id="r-1")))


async def running(number: int) -> None:
    """Wait until so many operations run."""
    async with asyncio.timeout(20):
        while len(toy.calls) < number:  # noqa: ASYNC110 -- the other threads can't set an event of this loop
            await asyncio.sleep(0.001)


async def test_operations_of_one_caller_and_of_one_tenant_leave_threads_to_others(settings: LazySettings) -> None:
    settings.GRAPHQL_THREADS = 8
    executor = executor_for(toy.schema)
    one, other, elsewhere = (
        replace(demo_caller(), token_id=uuid7()),
        replace(demo_caller(), token_id=uuid7()),
        demo_caller(),
    )
    elsewhere = replace(elsewhere, tenant_id=uuid4())
    slow = [of(executor, one) for _ in range(8)]
    await running(4)
    slow += [of(executor, other) for _ in range(8)]
    await running(6)

    quick = await of(executor, elsewhere, "{ hello }")

    assert uncharged(quick) == {"data": {"hello": "hello world"}}
    assert toy.calls == ["wait"] * 6
    toy.gate.set()
    assert {json.dumps(uncharged(made)) for made in await asyncio.gather(*slow)} == {'{"data": {"wait": true}}'}
    executor.threads.shutdown()


async def test_a_caller_who_waits_too_long_for_a_slot_gets_retry_after(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = of(executor, demo_caller())
    await running(1)
    monkeypatch.setattr(executor.admission.running, "wait_seconds", 0.01)

    response = await of(executor, demo_caller(), "{ hello }")

    assert response["errors"] == [
        {
            "message": "You run too much at a time. Try again in 1 s.",
            "extensions": {"code": "THROTTLED", "retryAfterSeconds": 1},
        }
    ]
    toy.gate.set()
    assert uncharged(await slow) == {"data": {"wait": True}}


async def test_a_slot_is_kept_until_its_thread_is_done(settings: LazySettings, executor: Executor) -> None:
    set_limits(executor, "operations", deadline_seconds=0.05)
    async with asyncio.timeout(20):
        given_up = await of(executor, demo_caller())
        while not toy.calls:  # On a slow machine, the time was over before a thread had begun.
            given_up = await of(executor, demo_caller())
    set_limits(executor, "operations", deadline_seconds=10)
    assert given_up["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert not executor.admission.running.take_now(demo_caller().turn)

    toy.gate.set()

    assert uncharged(await of(executor, demo_caller(), "{ hello }")) == {"data": {"hello": "hello world"}}


class Slow(SchemaExtension):
    """Works for a hundred milliseconds."""

    def on_execute(self) -> Iterator[None]:
        until = thread_time() + 0.1
        while thread_time() < until:
            pass
        yield


async def test_time_beyond_the_price_is_charged_afterwards(
    throttle: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    throttle(caller=1_000)
    monkeypatch.setattr("tenants.ratelimit.buckets.time.monotonic", lambda: 1_000.0)
    costly = executor_for(strawberry.Schema(query=toy.Query, config=toy.CONFIG, extensions=[Slow]))
    await of(costly, demo_caller(), "{ hello }")
    before = left()

    await of(costly, demo_caller(), "{ hello }")

    assert before - left() >= 1_000 - 50  # 100 ms, of which 5 ms are included in any price.


def test_a_caller_in_debt_has_to_wait(throttle: Callable[..., None]) -> None:
    throttle(caller=10)
    throttling.owe(demo_caller(), 150)

    with pytest.raises(throttling.Throttled) as refused:
        throttling.take(demo_caller(), 1)

    assert refused.value.retry_after == 6


async def test_a_name_that_the_document_does_not_have_is_not_kept(executor: Executor) -> None:
    text = "subscription A { count(to: 1) } subscription B { count(to: 2) }"
    document = executor.documents.read(text)
    before = document.weight

    for name in [None, "A", *("x" * 10_000 + str(number) for number in range(50))]:
        assert live.here().join(Operation(text, None, name), demo_caller()) is None
        live.here().template(document, Operation(text, None, name))

    assert list(document.key_templates) == ["A"]
    assert 0 < document.weight - before < 5_000
    assert executor.documents.kept.budget.used_bytes == document.weight + ENTRY_BYTES
