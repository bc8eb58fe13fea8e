"""What is known of a document is computed once, and what documents have alike once for all of them."""

from unittest import mock

from graphql import parse

from graphql_server.documents import size
from graphql_server.documents.documents import Documents
from graphql_server.internals import core_schema
from graphql_server.limits import DocumentLimits
from graphql_server.plans.variables import Variables
from graphql_server.ports.costs import Rule
from graphql_server.ports.published_documents import NothingPublished
from graphql_server.tests.chat.meter import PriceList
from graphql_server.tests.chat.schema import schema


def test_a_new_document_is_measured_once_and_its_leaves_are_priced_once_for_all() -> None:
    class Counting(PriceList):
        """Notes which fields it is asked about."""

        def __init__(self) -> None:
            self.asked: list[str] = []

        def rule_for(self, parent: str, name: str, of: str) -> Rule:
            self.asked.append(name)
            return super().rule_for(parent, name, of)

    prices = Counting()
    documents = Documents(core_schema(schema), prices, DocumentLimits(), NothingPublished(), introspection=True)
    first = documents.read("subscription { messages { text author } }")
    prices.asked.clear()
    with mock.patch.object(size, "measure", wraps=size.measure) as measured:
        second = documents.read("subscription { messages { author a: text __typename b: text } }")

    assert (first.errors, second.errors) == ([], [])
    assert (first.fields, second.fields, measured.call_count) == (3, 5, 1)
    assert prices.asked == ["messages", "__typename"]


def test_a_document_without_variables_is_not_copied_for_its_execution() -> None:
    plain, given = parse("{ room }"), parse("query ($a: String) { room(a: $a) }")
    made = [Variables.of(core_schema(schema), one, None) for one in (plain, given)]
    assert [one and one.document is tree for one, tree in zip(made, (plain, given), strict=True)] == [True, False]
