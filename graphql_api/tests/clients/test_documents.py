"""The registry of clients' documents: files of this release, and a table of all that was published."""

import re
import time
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction
from graphql import DocumentNode, concat_ast, parse, print_ast, separate_operations

from graphql_api import server as server_module
from graphql_api.clients import publishing
from graphql_api.clients.models import PublishedDocument
from graphql_api.clients.publishing import CONTRACTS, ClientDocument, Registry, documents_in, publish
from graphql_api.clients.released_schema import broken
from graphql_api.management.commands import documents as documents_command
from graphql_api.schema import schema
from graphql_api.server import server_for
from graphql_api.tests.client import caller_of
from graphql_server.digests import digest_of
from graphql_server.ports.published_documents import Level
from tenants.models import Tenant
from tests.servers.database_roles import DatabaseRoles

FRONT_END = CONTRACTS.parent / "frontend_demo"
VIEWER, ORDERS = "{ viewer { actor } }\n", "{ orders { totalCount } }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The documents of a release, of one client."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Viewer.graphql").write_text(VIEWER)
    (tmp_path / "released.graphql").write_text("type Query { a: Int }")
    return tmp_path


def parts_of(document: DocumentNode) -> set[str]:
    """The operation and the fragments of a document, in any order."""
    return {print_ast(one) for one in document.definitions}


def test_a_file_is_a_document_and_its_digest_is_that_of_its_bytes(folder: Path) -> None:
    assert documents_in(folder) == [ClientDocument("shop", "Viewer", VIEWER)]
    assert Registry(folder).find(digest_of(VIEWER)) == VIEWER  # This test has no database.
    assert Registry(folder).clients == {"shop"}


def test_documents_of_the_page_are_those_that_it_sends() -> None:
    sources = [one for one in (FRONT_END / "src").rglob("*.graphql") if "tabs" not in one.parts]
    operations = separate_operations(concat_ast([parse(one.read_text()) for one in sources]))
    files = [one for one in documents_in(CONTRACTS) if one.client == "frontend_demo"]
    assert {one.name: parts_of(parse(one.text)) for one in files} == {
        name: parts_of(document) for name, document in operations.items()
    }, "run npm run codegen"
    sent = re.findall(r'^  (\w+): "(\w+)",$', (FRONT_END / "src/api/published.ts").read_text(), re.MULTILINE)
    assert dict(sent) == {one.name: digest_of(one.text) for one in files}


def test_documents_of_graphiql_are_its_first_tabs_and_its_introspection() -> None:
    tabs = {one.read_text() for one in (FRONT_END / "src/graphiql/tabs").glob("*.graphql")}
    published = {one.name: one.text for one in documents_in(CONTRACTS) if one.client == "graphiql"}
    assert {*published.values()} - tabs == {published["IntrospectionQuery"]}, "run npm run codegen"
    assert tabs < {*published.values()}, "run npm run codegen"


def test_every_clients_documents_fit_the_schema() -> None:
    assert broken(schema._schema, documents_in(CONTRACTS)) == []


@pytest.mark.django_db
def test_other_processes_know_what_a_release_has_published(folder: Path, tmp_path: Path) -> None:
    others = Registry(tmp_path / "nothing")
    assert others.find(digest_of(VIEWER)) is None

    assert publish(Registry(folder).release) == 1
    assert publish(Registry(folder).release) == 0

    assert Registry(tmp_path / "nothing").find(digest_of(VIEWER)) == VIEWER
    assert [*others.texts()] == [*Registry(folder).texts()] == [VIEWER]


@pytest.mark.django_db
def test_a_digest_that_was_not_found_is_looked_for_again_after_a_second(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, now = Registry(folder), [100.0]
    monkeypatch.setattr(publishing, "time", mock.Mock(monotonic=lambda: now[0]))
    assert registry.find(digest_of(ORDERS)) is None
    publish([ClientDocument("other", "Orders", ORDERS)])

    with mock.patch.object(PublishedDocument, "objects", None):
        assert registry.find(digest_of(ORDERS)) is None
    now[0] += 1.0
    assert registry.find(digest_of(ORDERS)) == ORDERS


@pytest.mark.django_db
def test_a_flood_of_unknown_digests_is_not_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry(folder)
    monkeypatch.setattr(publishing, "MOST_MISSES", 3)
    for number in range(8):
        registry.find(digest_of(str(number)))
    assert len(registry._misses) <= 3


def test_the_level_is_the_settings(settings: LazySettings, folder: Path) -> None:
    for level in Level:
        settings.GRAPHQL_DOCUMENTS = level.value
        assert Registry(folder).level is level


def test_a_report_names_the_digest_and_the_client_and_not_the_text(folder: Path) -> None:
    with mock.patch.object(publishing.logger, "warning") as logged:
        Registry(folder).report(caller_of(Tenant(slug="t")), digest_of(ORDERS), ORDERS)

    assert logged.call_args.args == ("graphql_document_not_published",)
    assert logged.call_args.kwargs["digest"] == digest_of(ORDERS)
    assert ORDERS not in str(logged.call_args)


@pytest.fixture
def command() -> StringIO:
    """The output of ``manage.py documents``."""
    return StringIO()


@pytest.mark.django_db
def test_a_client_publishes_a_folder_which_is_listed_and_withdrawn(folder: Path, command: StringIO) -> None:
    (folder / "shop" / "Orders.graphql").write_text(ORDERS)

    for new in (2, 0):
        call_command("documents", "publish", "shop", str(folder / "shop"), stdout=command)
        assert f"{new} of 2 documents are new." in command.getvalue()
    call_command("documents", "list", stdout=command)
    assert re.search(
        rf"^{digest_of(ORDERS)} \d{{4}}-\d\d-\d\d \d\d:\d\d shop/Orders$", command.getvalue(), re.MULTILINE
    )


@pytest.mark.django_db
def test_a_folder_with_an_invalid_document_publishes_nothing(folder: Path) -> None:
    (folder / "shop" / "Broken.graphql").write_text("{ nope }\n")
    (folder / "shop" / "Malformed.graphql").write_text("{")

    with pytest.raises(
        CommandError, match=r"(?s)Nothing is published.\nshop/Broken\.graphql is refused.*'nope'.*Malformed"
    ):
        call_command("documents", "publish", "shop", str(folder / "shop"))
    with pytest.raises(CommandError, match=r"no \.graphql files"):
        call_command("documents", "publish", "shop", str(folder / "none"))
    with pytest.raises(CommandError, match="Give the folder"):
        call_command("documents", "publish", "shop")
    assert not PublishedDocument.objects.exists()


@pytest.mark.django_db
def test_documents_of_this_release_are_published_without_arguments(command: StringIO) -> None:
    call_command("documents", "publish", stdout=command)

    assert PublishedDocument.objects.count() == len({one.text for one in documents_in(CONTRACTS)})


@pytest.mark.django_db(transaction=True)
def test_a_withdrawn_document_is_gone(
    command: StringIO, folder: Path, settings: LazySettings, database_roles: DatabaseRoles | None
) -> None:
    publish(documents_in(folder))
    if database_roles:
        settings.DATABASE_OWNER = {"USER": database_roles.owner, "PASSWORD": database_roles.password}
    call_command("documents", "withdraw", digest_of(VIEWER), "unknown", stdout=command)

    assert "1 of 2 documents are withdrawn." in command.getvalue()
    assert not PublishedDocument.objects.exists()


def test_a_release_makes_the_schema_of_now_the_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: StringIO
) -> None:
    monkeypatch.setattr(documents_command, "CONTRACTS", tmp_path)
    call_command("documents", "release", stdout=command)

    released = (tmp_path / "released.graphql").read_text()
    assert released == (CONTRACTS.parent / "graphql_api/schema.graphql").read_text()
    call_command("documents", "check")


@pytest.mark.django_db
def test_files_of_the_release_are_not_withdrawn() -> None:
    ours = documents_in(CONTRACTS)[0]
    publish([ours, ClientDocument("other", "Orders", ORDERS)])

    with pytest.raises(CommandError, match=rf"Nothing is withdrawn.*\n.*contracts/{ours.client}/{ours.name}.graphql"):
        call_command("documents", "withdraw", ours.digest, digest_of(ORDERS))
    assert PublishedDocument.objects.count() == 2


@pytest.mark.django_db
def test_a_running_process_looks_for_withdrawn_documents_every_few_seconds(
    folder: Path, tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GRAPHQL_DOCUMENTS = "refuse"
    publish(documents_in(folder))
    registry = Registry(tmp_path / "nothing")
    running = server_for(schema, registry)
    known = running.executor.documents
    monkeypatch.setattr(server_module, "server", running)
    monkeypatch.setattr(server_module, "connection", mock.Mock())  # which the test goes on with
    seen: list[tuple[float, bool]] = []

    def pause(seconds: float) -> None:
        """Withdraw the document in the first pause; end in the second one."""
        seen.append((seconds, bool(known.read(VIEWER).errors)))
        if len(seen) == 2:
            raise StopIteration
        monkeypatch.setattr(registry, "among", lambda digests: set())
        monkeypatch.setattr(registry, "find", lambda digest: None)

    monkeypatch.setattr(server_module, "time", mock.Mock(sleep=pause, monotonic=time.monotonic))
    with pytest.raises(StopIteration):
        server_module.keep_documents()
    assert seen == [(3.0, False), (3.0, True)]


@pytest.mark.django_db
def test_of_some_digests_those_are_published_that_are_in_the_table_or_the_release(folder: Path, tmp_path: Path) -> None:
    publish([ClientDocument("other", "Orders", ORDERS)])
    asked = [digest_of(VIEWER), digest_of(ORDERS), "unknown"]

    assert Registry(folder).among(asked) == {digest_of(VIEWER), digest_of(ORDERS)}
    assert Registry(tmp_path / "nothing").among(asked) == {digest_of(ORDERS)}
    with mock.patch.object(PublishedDocument, "objects", None):  # Files alone need no statement.
        assert Registry(folder).among([digest_of(VIEWER)]) == {digest_of(VIEWER)}


@pytest.mark.django_db
def test_a_database_that_does_not_answer_withdraws_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(documents_in(folder))
    running = server_for(schema, Registry(tmp_path / "nothing"))
    running.executor.documents.prepare()
    monkeypatch.setattr(server_module, "server", running)
    monkeypatch.setattr(server_module, "connection", mock.Mock())

    with mock.patch.object(PublishedDocument, "objects", None):
        server_module.drop_withdrawn_documents()
    assert running.executor.documents.known_by(digest_of(VIEWER)) is not None


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_systems_login_adds_documents_and_changes_none(folder: Path) -> None:
    publish(documents_in(folder))
    rows = PublishedDocument.objects.all()
    for change in (rows.delete, lambda: rows.update(text="{ __typename }")):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()
    assert rows.get().text == VIEWER
