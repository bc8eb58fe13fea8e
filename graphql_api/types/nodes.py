"""What has a global id."""

import strawberry


@strawberry.interface(description="Something with an id of its own, which `node` finds.")
class Node:
    """Relay's Node."""

    @strawberry.field(description="The global id: opaque, unique over all types, and the same for ever.")
    def id(self) -> strawberry.ID:
        raise NotImplementedError
