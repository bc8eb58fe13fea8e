"""What lines are found by."""

import strawberry


@strawberry.type(description="SKUs and names of order lines, at most 50 of each. Later orders may have others.")
class Articles:
    """See :mod:`orders.search.articles`."""

    skus: list[str] = strawberry.field(description="The SKUs, in order.")
    names: list[str] = strawberry.field(description="The names, in order.")
