"""Objects with a global id."""

import strawberry


@strawberry.interface(description="An object with a global id. Query `node` with the id to get the object.")
class Node:
    """Relay's Node."""

    @strawberry.field(description=("The global id, an opaque string. It is unique across all types and never changes."))
    def id(self) -> strawberry.ID:
        raise NotImplementedError
