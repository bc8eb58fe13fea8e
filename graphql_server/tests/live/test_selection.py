"""A subscription's document for events that the application has itself."""

import json

import pytest

from graphql_server.execution.executor import Operation
from graphql_server.live.selection import SelectionRefused
from graphql_server.tests.chat.people import READ, Person
from graphql_server.tests.chat.server import Chat

READER = Person("webhook", "room", scopes=frozenset({READ}))


def test_it_matches_and_shows_what_the_subscription_would(chat: Chat) -> None:
    document = 'subscription { said: messages(containing: "tea") { author text } }'
    selection = chat.server.selection(Operation(document), READER)
    tea, milk = (chat.log.add(chat.room, "bob", text) for text in ("a tea", "milk"))

    assert (selection.matches(tea), selection.matches(milk)) == (True, False)
    assert json.loads(selection.body(tea)) == {"data": {"said": {"author": "bob", "text": "a tea"}}}


def test_variables_choose_the_topic(chat: Chat) -> None:
    document = "subscription ($word: String!) { messages(containing: $word) { text } }"
    selection = chat.server.selection(Operation(document, {"word": "milk"}), READER)

    assert selection.matches(chat.log.add(chat.room, "bob", "milk"))
    assert not selection.matches(chat.log.add(chat.room, "bob", "tea"))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("subscription { messages { ", "Syntax Error"),
        ("subscription { messages { color } }", "Cannot query field 'color'"),
        ("{ messages { text } }", "one subscription"),
        ("subscription { countdown(start: 3) }", "subscription to events"),
        ("subscription { count }", "subscription to events"),
        ('subscription { messages(after: "1") { text } }', "without `after`"),
        ("subscription ($word: String!) { messages(containing: $word) { text } }", "word"),
    ],
)
def test_what_is_no_subscription_to_events_is_refused(chat: Chat, document: str, message: str) -> None:
    with pytest.raises(SelectionRefused, match=message):
        chat.server.selection(Operation(document), READER)


def test_a_caller_who_may_not_subscribe_is_refused(chat: Chat) -> None:
    with pytest.raises(SelectionRefused, match="may not read"):
        chat.server.selection(Operation("subscription { messages { text } }"), Person("webhook", "room", frozenset()))
