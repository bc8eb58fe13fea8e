"""The parts of the schema that clients use."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.clients.models import SchemaUse as Row
from graphql_api.ids import global_id
from graphql_api.pages.slices import Slice, page_of
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection
from graphql_server.documents.uses import deprecated_coordinates
from graphql_server.internals import core_schema
from tenants.pagination.keyset import Keyset, PageRequest, moment, uuid

LATEST_FIRST = Keyset("schema_uses.last_used_at.desc", (moment("last_used_at"), uuid("id")), descending=True)


@strawberry_django.type(
    Row,
    name="SchemaUse",
    description=(
        "How often a version of a client has used a part of the schema, for your tenant. Clients report their name "
        "and version in the headers `graphql-client-name` and `graphql-client-version`, or in the payload of "
        "`connection_init`."
    ),
)
class SchemaUse(Node):
    """A row of the counts."""

    @strawberry.field(description="The global id of this count.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("SchemaUse", self.id))

    coordinate: str = strawberry_django.field(
        description=(
            "The part of the schema: a field, an argument, an input field or an enum value, such as `Order.total` or "
            "`Query.orders(where:)`."
        )
    )
    first_used_at: datetime = strawberry_django.field(description="When the client first used this part.")
    last_used_at: datetime = strawberry_django.field(
        description="When the client last used this part, accurate to about a minute."
    )

    @strawberry.field(description="The client's name, as the client reports it. Null if the client reports none.")
    def client(self) -> str | None:
        return self.client or None

    @strawberry.field(description="The client's version, as the client reports it. Null if the client reports none.")
    def client_version(self) -> str | None:
        return self.client_version or None

    @strawberry.field(
        description=("The number of operations that used this part. An integer of up to 64 bits, as a string.")
    )
    def count(self) -> str:
        return str(self.count)

    @strawberry.field(
        description=("Why this part is deprecated, and what to use instead. Null if it is not deprecated.")
    )
    def deprecation_reason(self, info: Info[Context, None]) -> str | None:
        return deprecated_coordinates(core_schema(info.schema)).get(self.coordinate)


@strawberry.type(name="SchemaUseConnection", description="One page of uses of the schema, the latest first.")
class SchemaUseConnection(Connection[SchemaUse]):
    """A page of uses."""


def use_page(info: Info[Context, None], rows: object, asked: PageRequest) -> Slice:
    """A page of uses, the latest first."""
    return page_of(info, LATEST_FIRST, rows, asked)
