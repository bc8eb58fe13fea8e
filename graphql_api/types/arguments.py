"""Arguments that many fields have."""

from typing import Annotated, TypeVar

import strawberry

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="The mutation's input.")]
First = Annotated[
    int | None, strawberry.argument(description=("The number of entries, from 0 to 100. Defaults to 20."))
]
After = Annotated[str | None, strawberry.argument(description="Return entries after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="The number of entries from the end of the list, from 0 to 100. Cannot be combined with `first`."
    ),
]
DryRun = Annotated[
    bool,
    strawberry.argument(
        description=(
            "Report what the mutation would do, errors in `userErrors` included, and change nothing. An idempotency "
            "key is neither used nor checked."
        )
    ),
]
Before = Annotated[str | None, strawberry.argument(description="Return entries before this cursor.")]
