"""The fields that show a tenant's admins which parts of the schema clients use."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.clients.models import SchemaUse
from graphql_api.types.arguments import After, Before, First, Last
from graphql_api.types.schema_uses import SchemaUseConnection, use_page
from graphql_server.documents.uses import deprecated_coordinates
from graphql_server.internals import core_schema
from orders.search.filters import is_storable
from tenants.pagination.keyset import PageRequest


@strawberry.type
class SchemaUseQuery:
    """The queries of uses."""

    @strawberry.field(
        description=(
            "The parts of the schema that your tenant's clients use, latest use first. A count is kept for 90 days "
            "after the last use."
        ),
        extensions=[HasScope("admin")],
    )
    def schema_uses(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        coordinate: Annotated[
            str | None,
            strawberry.argument(description="Only uses of this part, such as `Order.total`. Defaults to all parts."),
        ] = None,
        client: Annotated[
            str | None,
            strawberry.argument(description="Only uses by the client with this name. Defaults to all clients."),
        ] = None,
        deprecated_only: Annotated[
            bool, strawberry.argument(description="Only uses of deprecated parts. Defaults to false.")
        ] = False,
    ) -> SchemaUseConnection:
        rows = SchemaUse.objects.all()
        given = {"coordinate": coordinate, "client": client}
        for name, value in given.items():
            if value is not None:
                rows = rows.filter(**{name: value}) if is_storable(value) else rows.none()
        if deprecated_only:
            rows = rows.filter(coordinate__in=deprecated_coordinates(core_schema(info.schema)))
        return SchemaUseConnection(part=use_page(info, rows, PageRequest(first, after, last, before)))
