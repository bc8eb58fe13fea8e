"""The inputs of queries: how an order is named, and how a list of orders is sorted."""

import strawberry

from graphql_api.types.enums import OrderDirection, OrderOrderField, OrderSortField


@strawberry.input(description="Identifies one order by exactly one of its unique values.", one_of=True)
class OrderIdentifier:
    """Exactly one of the names of an order."""

    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="The order's global `id`.")
    number: str | None = strawberry.field(default=strawberry.UNSET, description="The order's `number`.")
    external_reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="The order's `externalReference`."
    )


@strawberry.input(description="The sort order of a list of orders.")
class OrderSort:
    """A sort key and a direction."""

    field: OrderSortField = strawberry.field(description="The field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="The sort direction.")


@strawberry.input(description="The old name of `OrderSort`.")
class OrderOrder:
    """An old name."""

    field: OrderOrderField = strawberry.field(description="The field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="The sort direction.")

    def as_sort(self) -> OrderSort:
        """The input under its new name."""
        return OrderSort(field=OrderSortField(self.field.value), direction=self.direction)
