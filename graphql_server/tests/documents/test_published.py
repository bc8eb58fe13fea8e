"""Published documents: by digest and by text, over every transport, at each level."""

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.test import AsyncRequestFactory

from graphql_server.digests import BadDigest, digest_in, digest_of
from graphql_server.documents import documents as reading
from graphql_server.live.stream import timing
from graphql_server.ports.published_documents import Level
from graphql_server.tests.chat.documents import Documents
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.http.streaming import MULTIPART, StreamClient
from graphql_server.tests.http.test_chat import post
from graphql_server.tests.live.asking import data, error, has_begun, hears, texts

ASK = "query Ask($first: Int! = 5) { messages(first: $first) { text } }\n"
FOLLOW = "subscription Follow($after: String) { messages(after: $after) { text } }\n"
SAY = "mutation Say($text: String!) { say(text: $text) { text } }\n"
OTHER = "{ messages { author } }"
UNKNOWN = "0" * 64
NOT_FOUND = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
Make = Callable[[Level], Chat]


def apollo(text: str, **more: Any) -> dict[str, Any]:
    """A request by Apollo's extension."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest_of(text)}}, **more}


@pytest.fixture(autouse=True)
def no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed without subscribers ends at once."""
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)


@pytest.fixture
def make(make_chat: Callable[..., Chat]) -> Make:
    """Makes chats with three published documents, at a level."""
    return lambda level: make_chat(documents=Documents(ASK, FOLLOW, SAY, level=level))


def registry_of(chat: Chat) -> Documents:
    registry = chat.server.executor.documents.registry
    assert isinstance(registry, Documents)
    return registry


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    "asked",
    [
        {"documentId": digest_of(ASK)},
        {"documentId": f"sha256:{digest_of(ASK)}"},
        apollo(ASK),
        apollo(ASK, query=ASK),
        {"query": ASK},
    ],
    ids=["documentId", "prefixed documentId", "Apollo's digest", "Apollo's digest and text", "text"],
)
async def test_a_published_document_runs_at_every_level(make: Make, level: Level, asked: dict[str, Any]) -> None:
    chat = make(level)
    chat.say("one", "two")

    status, answer = await post(chat, {**asked, "variables": {"first": 1}})

    assert (status, answer["data"]) == (200, {"messages": [{"text": "one"}]})


@pytest.mark.parametrize("level", Level)
async def test_an_unknown_digest_has_the_client_send_the_text(make: Make, level: Level) -> None:
    chat = make(level)

    for asked in ({"documentId": UNKNOWN}, apollo("{ nope }")):
        assert await post(chat, asked) == (200, {"errors": [NOT_FOUND]})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"documentId": "ask"}, "documentId must be the SHA-256 of a published document: sha256: and 64 hexadecimal"),
        ({"documentId": 5}, "documentId must be the SHA-256"),
        ({"documentId": digest_of(ASK).upper()}, "documentId must be the SHA-256"),
        ({"extensions": {"persistedQuery": True}}, "extensions.persistedQuery.sha256Hash must have 64 hexadecimal"),
        ({"extensions": {"persistedQuery": {"sha256Hash": 1}}}, "extensions.persistedQuery.sha256Hash must have 64"),
        (apollo(ASK, query=OTHER), "The digest is not the SHA-256 of the query."),
        (apollo(ASK, query=5), "The digest is not the SHA-256 of the query."),
    ],
)
async def test_a_malformed_or_wrong_digest_is_refused(make: Make, asked: dict[str, Any], message: str) -> None:
    chat = make(Level.OPEN)

    status, answer = await post(chat, asked)

    [refused] = answer["errors"]
    assert (status, refused["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert refused["message"].startswith(message)
    assert registry_of(chat).searches == []


def test_a_digest_belongs_to_a_text_of_any_characters() -> None:
    assert digest_in("\ud800", None, None) is None
    with pytest.raises(BadDigest):
        digest_in("\ud800", UNKNOWN, None)


async def test_another_document_runs_when_open(make: Make) -> None:
    chat = make(Level.OPEN)

    assert (await post(chat, {"query": OTHER}))[1]["data"] == {"messages": []}
    assert (registry_of(chat).searches, registry_of(chat).reported) == ([], [])


async def test_another_document_is_reported_once_when_logged(make: Make) -> None:
    chat = make(Level.LOG)

    for _ in range(2):
        assert (await post(chat, {"query": OTHER}))[1]["data"] == {"messages": []}
    await post(chat, {"query": ASK})
    assert registry_of(chat).reported == [("ann", OTHER)]


async def test_another_document_is_refused_unread_when_others_are(make: Make) -> None:
    chat = make(Level.REFUSE)
    for text in (OTHER, "{", 'mutation { say(text: "no") { text } }', "{ __schema { types { name } } }"):
        with mock.patch.object(reading, "parse", side_effect=AssertionError):
            status, answer = await post(chat, {"query": text}, accept="application/graphql-response+json")
        [refused] = answer["errors"]
        assert (status, refused["extensions"]["code"]) == (400, "DOCUMENT_NOT_TRUSTED")
    assert chat.log.head(chat.room) == 0
    assert chat.meter.taken > 0


async def test_a_document_that_is_published_later_runs_without_a_restart(make: Make) -> None:
    chat = make(Level.REFUSE)
    assert "errors" in (await post(chat, {"query": OTHER}))[1]
    assert "errors" in (await post(chat, {"documentId": digest_of(OTHER)}))[1]

    registry_of(chat).by_digest[digest_of(OTHER)] = OTHER

    assert "data" in (await post(chat, {"documentId": digest_of(OTHER)}))[1]
    assert "data" in (await post(chat, {"query": OTHER}))[1]


async def test_a_withdrawn_document_is_refused_without_a_restart(make: Make) -> None:
    chat = make(Level.REFUSE)
    documents = chat.server.executor.documents
    documents.prepare()
    assert documents.drop_withdrawn() == 0

    del registry_of(chat).by_digest[digest_of(ASK)]
    assert documents.drop_withdrawn() == 1

    [by_text] = (await post(chat, {"query": ASK}))[1]["errors"]
    [by_digest] = (await post(chat, {"documentId": digest_of(ASK)}))[1]["errors"]
    assert (by_text["extensions"]["code"], by_digest) == ("DOCUMENT_NOT_TRUSTED", NOT_FOUND)
    assert "data" in (await post(chat, {"query": SAY, "variables": {"text": "Still published."}}))[1]


async def test_a_prepared_document_costs_no_parse_and_no_search(make: Make) -> None:
    chat = make(Level.REFUSE)
    assert chat.server.executor.documents.prepare() == 3

    with mock.patch.object(reading, "parse", side_effect=AssertionError):
        for asked in ({"documentId": digest_of(ASK)}, apollo(ASK), {"query": ASK}):
            assert (await post(chat, asked))[1]["data"] == {"messages": []}
    assert registry_of(chat).searches == []


async def test_other_documents_displace_no_published_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = make(Level.OPEN)
    documents = chat.server.executor.documents
    documents.prepare()
    monkeypatch.setattr(documents.kept.budget, "most_bytes", 40_000)

    for number in range(20):
        await post(chat, {"query": f"{{ messages(first: {number}) {{ text }} }}"})

    assert len(documents.kept) < 5
    assert documents.known_by(digest_of(ASK)) is documents.known(ASK) is not None


async def test_a_published_document_beyond_the_budget_is_found_again(make: Make) -> None:
    chat = make(Level.REFUSE)
    documents = chat.server.executor.documents
    largest = max(document.weight for text in (ASK, FOLLOW, SAY) if (document := documents.find(digest_of(text))))
    documents.published.clear()
    documents.published.budget.most_bytes = largest + 1_000

    assert documents.prepare() == 3
    assert len(documents.published) == 1
    for text in (ASK, FOLLOW, SAY):
        found = documents.find(digest_of(text))
        assert found is not None
        assert found.text == text
    assert len(documents._texts) == 1


async def test_a_published_document_that_no_longer_fits_the_schema_says_so(make: Make) -> None:
    chat = make(Level.REFUSE)
    registry_of(chat).by_digest[digest_of("{ gone }")] = "{ gone }"

    [refused] = (await post(chat, {"documentId": digest_of("{ gone }")}))[1]["errors"]

    assert refused["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_document_of_the_application_runs_at_every_level_and_opens_it_to_no_caller(make: Make) -> None:
    chat = make(Level.REFUSE)

    document = chat.server.executor.documents.read(OTHER, is_ours=True)

    assert (document.errors, document.kind(None) is not None) == ([], True)
    [refused] = (await post(chat, {"query": OTHER}))[1]["errors"]
    assert refused["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize("digest", [digest_of(FOLLOW), f"sha256:{digest_of(FOLLOW)}"])
async def test_over_a_websocket(make: Make, digest: str) -> None:
    chat = make(Level.REFUSE)
    async with chat.client() as peer:
        await chat.enter(peer)
        for operation_id in ("1", "2"):  # The second joins the first.
            payload = {"documentId": digest}
            await peer.says({"id": operation_id, "type": "subscribe", "payload": payload})
            await has_begun(peer, operation_id)
        await peer.says({"id": "3", "type": "subscribe", "payload": apollo(SAY, query="", variables={"text": "hi"})})
        heard = [await hears(peer) for _ in range(4)]
        assert {one["id"]: one["payload"]["data"] for one in heard if one["type"] == "next"} == {
            "1": {"messages": {"text": "hi"}},
            "2": {"messages": {"text": "hi"}},
            "3": {"say": {"text": "hi"}},
        }


async def test_over_a_websocket_a_client_resumes_by_digest(make: Make) -> None:
    chat = make(Level.REFUSE)
    chat.say("one", "two")
    async with chat.client() as peer:
        await chat.enter(peer)
        for operation_id, after in (("1", 0), ("2", 1)):
            payload = apollo(FOLLOW, variables={"after": f"{chat.room}:{after}"})
            await peer.says({"id": operation_id, "type": "subscribe", "payload": payload})
            assert await texts(peer, 2 - after, operation_id) == ["one", "two"][after:]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"documentId": UNKNOWN}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"query": OTHER}, "DOCUMENT_NOT_TRUSTED"),
        ({"query": "subscription { messages { author } }"}, "DOCUMENT_NOT_TRUSTED"),
        ({"documentId": "ask"}, "BAD_USER_INPUT"),
        (apollo(ASK, query=OTHER), "BAD_USER_INPUT"),
    ],
)
async def test_over_a_websocket_a_refusal_ends_the_operation_alone(
    make: Make, payload: dict[str, Any], code: str
) -> None:
    chat = make(Level.REFUSE)
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.says({"id": "1", "type": "subscribe", "payload": payload})
        assert (await error(peer))["extensions"]["code"] == code
        await peer.says({"id": "1", "type": "subscribe", "payload": {"documentId": digest_of(ASK)}})
        assert await data(peer) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_as_server_sent_events(make: Make, method: str) -> None:
    chat = make(Level.REFUSE)
    chat.say("one")
    after = {"after": f"{chat.room}:0"}
    for options, first in (
        ({"digest": digest_of(FOLLOW)}, {"data": {"messages": {"text": "one"}}}),
        ({"digest": UNKNOWN}, {"errors": [NOT_FOUND]}),
    ):
        who = f"ann {chat.room}"
        async with StreamClient(chat.server.http, who, "", after, method=method, **options) as client:  # type: ignore[arg-type]
            heard = await client.event()
            assert heard is not None
            assert heard.data == first


async def test_as_multipart(make: Make) -> None:
    chat = make(Level.REFUSE)
    chat.say("one")
    after, who = {"after": f"{chat.room}:0"}, f"ann {chat.room}"
    async with StreamClient(chat.server.http, who, "", after, accept=MULTIPART, digest=digest_of(FOLLOW)) as client:
        assert (await client.start())[0] == 200
        while b"one" not in (part := await client.until(b"\r\n--graphql") or b""):
            pass
        assert json.loads(part.partition(b"\r\n\r\n")[2]) == {"payload": {"data": {"messages": {"text": "one"}}}}


async def test_by_get_and_a_mutation_only_by_post(make: Make) -> None:
    chat = make(Level.REFUSE)
    for text, status, key in ((ASK, 200, "data"), (SAY, 405, "errors")):
        extensions = json.dumps(apollo(text)["extensions"])
        request = AsyncRequestFactory().get(
            "/graphql/", {"extensions": extensions}, headers={"authorization": f"ann {chat.room}"}
        )
        response = await chat.server.view(request)
        assert (response.status_code, key in json.loads(response.content)) == (status, True)


async def test_by_djangos_view(make: Make) -> None:
    chat = make(Level.REFUSE)
    for asked, key in (({"documentId": digest_of(ASK)}, "data"), ({"query": OTHER}, "errors")):
        request = AsyncRequestFactory().post(
            "/graphql/", asked, content_type="application/json", headers={"authorization": f"ann {chat.room}"}
        )
        response = await chat.server.view(request)
        assert key in json.loads(response.content)
