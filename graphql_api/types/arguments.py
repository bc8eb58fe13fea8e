"""Arguments that many fields have."""

from typing import Annotated

import strawberry

First = Annotated[
    int | None, strawberry.argument(description=("The number of entries, from 0 to 100. Defaults to 20."))
]
After = Annotated[str | None, strawberry.argument(description="Return entries after this cursor.")]
