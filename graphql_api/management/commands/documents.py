"""``manage.py documents``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from graphql_api.clients import released_schema
from graphql_api.clients.models import PublishedDocument
from graphql_api.clients.publishing import (
    CONTRACTS,
    WITHDRAWN_SECONDS,
    Registry,
    documents_in,
    documents_of,
    publish,
)
from graphql_api.schema import schema
from graphql_server.internals import core_schema
from tenants.db.roles import as_owner

ADVICE = (
    'Keep the old part and deprecate it: "Use X. Removed after YYYY-MM-DD." At a release, or if a break is meant and '
    "CHANGELOG.md has it, run ./dev documents release: it writes contracts/released.graphql."
)


class Command(BaseCommand):
    """Publish the documents of clients, list them, and withdraw them."""

    help = "The GraphQL documents that clients have published. Web processes publish those of contracts/ by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        adding = verbs.add_parser(
            "publish", help="publish every .graphql file of a folder for a client; without arguments, all of contracts/"
        )
        adding.add_argument("client", nargs="?", help="the client's name, as it sends it in graphql-client-name")
        adding.add_argument("folder", nargs="?", type=Path, help="the folder with its documents, one in each file")
        verbs.add_parser("check", help="compare the schema with contracts/released.graphql and with clients' documents")
        verbs.add_parser(
            "release", help="write the schema of now to contracts/released.graphql: it is the next promise"
        )
        verbs.add_parser("list", help="the digest, client and name of each, the newest first")
        withdrawing = verbs.add_parser(
            "withdraw", help=f"remove documents; running processes refuse them within {WITHDRAWN_SECONDS:.0f} seconds"
        )
        withdrawing.add_argument("digest", nargs="+")

    def handle(self, *, verb: str, **options: Any) -> None:
        """Do what the verb says."""
        match verb:
            case "publish":
                self.publish(options["client"], options["folder"])
            case "check":
                self.check_contracts()
            case "release":
                (CONTRACTS / "released.graphql").write_text(
                    (settings.BASE_DIR / "graphql_api/schema.graphql").read_text()
                )
                self.stdout.write("contracts/released.graphql is the schema of now. Commit it with the release.")
            case "list":
                for row in PublishedDocument.objects.order_by("-published_at", "client", "name"):
                    self.stdout.write(f"{row.digest} {row.published_at:%Y-%m-%d %H:%M} {row}")
            case _:
                self.withdraw(options["digest"])

    def publish(self, client: str | None, folder: Path | None) -> None:
        """Publish what is valid, all or nothing.

        Raises:
            CommandError: there are no documents, or one is not valid.
        """
        if client and folder:
            documents = documents_of(client, folder)
        elif client:
            raise CommandError("Give the folder with the client's documents, too.")
        else:
            documents = documents_in(CONTRACTS)
        if not documents:
            raise CommandError(f"There are no .graphql files in {folder or CONTRACTS}.")
        if refused := released_schema.broken(core_schema(schema), documents):
            raise CommandError("\n".join(["Nothing is published.", *refused]))
        new = publish(documents)
        for one in documents:
            self.stdout.write(f"{one.digest} {one.client}/{one.name}")
        self.stdout.write(f"{new} of {len(documents)} documents are new.")

    def withdraw(self, digests: list[str]) -> None:
        """Remove documents from the table.

        Raises:
            CommandError: some are files of this release, which its processes publish; nothing is withdrawn.
        """
        files = [f"contracts/{one.client}/{one.name}.graphql" for one in Registry().release if one.digest in digests]
        if files:
            raise CommandError("\n".join(["Nothing is withdrawn. Remove these files of the release first:", *files]))
        with as_owner(settings.DATABASE_OWNER):
            number, _ = PublishedDocument.objects.filter(digest__in=digests).delete()
        self.stdout.write(f"{number} of {len(digests)} documents are withdrawn.")

    def check_contracts(self) -> None:
        """Check that the schema keeps what the last release promised.

        Raises:
            CommandError: it does not; the message has each change, with the clients that it concerns.
        """
        released, documents = (CONTRACTS / "released.graphql").read_text(), documents_in(CONTRACTS)
        today = timezone.localdate()
        if refused := released_schema.refused(released, core_schema(schema), documents, today):
            raise CommandError("\n".join(["The schema breaks what was released.", *refused, ADVICE]))
