"""A schema whose resolvers return every kind of value, valid and invalid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, NewType, cast

import strawberry
from graphql import Undefined
from strawberry.extensions import FieldExtension
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from graphql_server.errors import ApiError, Code

Picky = NewType("Picky", str)


def serialize_picky(value: Any) -> Any:
    """Raise for one value, return None for another, and return all others as they are."""
    if value == "refused":
        raise ValueError("not this one")
    return None if value == "nothing" else value


@strawberry.enum
class Colour(Enum):
    """An enum with a name that is not its value."""

    RED = strawberry.enum_value("r")
    BLUE = "BLUE"


class Text(str):
    """A subclass of str."""


class Waits:
    """An awaitable."""

    def __await__(self) -> Iterator[None]:
        yield


LEAVES: list[Any] = [
    *(None, Undefined, "text", Text("text"), "", "12", "r", "BLUE", "refused", "nothing", b"bytes", "\ud800"),
    *(0, 7, -1, 2**31 - 1, 2**31, -(2**40), True, False, 1.5, 3.0, float("nan"), float("inf")),
    *(Decimal("1.50"), datetime(2026, 3, 1, 12, tzinfo=UTC), Colour.RED, Colour.BLUE, [1, "x"], {"a": 1}, {1}, object),
    *(ApiError(Code.CURSOR_EXPIRED, "shown"), KeyError("secret"), strawberry.UNSET),
]
LISTS: list[Any] = [
    *(None, [], [None], ["a", "b"], ("a", None), {"a"}, iter(["a", "b"]), "text", 5, {"k": 1}, range(3)),
    *([1, None, "x"], [ApiError(Code.FORBIDDEN, "shown"), "a"], KeyError("secret"), [["a"]], ["a", object()]),
]


class Doubling(FieldExtension):
    """Changes the value of its field."""

    def resolve(self, next_: Any, source: Any, info: Info[Any, Any], **kwargs: Any) -> Any:
        value = next_(source, info, **kwargs)
        return None if value > 5 else value * 2


@strawberry.interface
class Named:
    """An interface."""

    name: str

    @strawberry.field
    def upper(self) -> str:
        return self.name.upper()


@strawberry.type
class Cat(Named):
    """A member of the union and the interface."""

    lives: int = 9

    @strawberry.field
    def friend(self) -> "Named | None":
        return Dog(name="rex") if self.name == "tom" else None


@strawberry.type
class Dog(Named):
    """Another member of both."""

    lives: str = "one"

    @strawberry.field
    def fault(self) -> str:
        raise KeyError("secret")


@dataclass
class Unrelated:
    """An object that belongs to no type of the schema."""

    name: str = "unrelated"


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]
ANIMALS: list[Any] = [None, Cat(name="tom"), Cat(name="kit"), Dog(name="rex"), Unrelated(), 5, KeyError("secret")]
ANIMALS += [strawberry.cast(Cat, Unrelated()), strawberry.cast(Dog, Unrelated()), ApiError(Code.FORBIDDEN, "shown")]


def at(options: list[Any], index: int) -> Any:
    """One of the options. A new iterator is made where the option is an iterator."""
    value = options[index % len(options)]
    return iter(["a", "b"]) if isinstance(value, Iterator) else value


def one_of(options: list[Any]) -> Any:
    """A field that returns one of the options, by its object's ``index``."""

    def pick(self: Any) -> Any:
        return at(options, self.index)

    return strawberry.field(resolver=pick)


@strawberry.type
class Thing:
    """An object with a field of each kind. ``index`` decides which value a field returns."""

    index: int
    plain: JSON | None = None
    text: str | None = one_of(LEAVES)
    sure_text: str = one_of(LEAVES)
    number: int | None = one_of(LEAVES)
    sure_number: int = one_of(LEAVES)
    ratio: float | None = one_of(LEAVES)
    flag: bool | None = one_of(LEAVES)
    key: strawberry.ID | None = one_of(LEAVES)
    colour: Colour | None = one_of(LEAVES)
    amount: Decimal | None = one_of(LEAVES)
    moment: datetime | None = one_of(LEAVES)
    json: JSON | None = one_of(LEAVES)
    picky: Picky | None = one_of(LEAVES)
    texts: list[str] | None = one_of(LISTS)
    loose_texts: list[str | None] | None = one_of(LISTS)
    animal: Named | None = one_of(ANIMALS)
    pet: Pet | None = one_of(ANIMALS)
    cat: Cat | None = one_of(ANIMALS)

    @strawberry.field
    def nested(self) -> list[list[str]] | None:
        return [at(LISTS, self.index), ["z"]]

    @strawberry.field
    def animals(self) -> list[Named | None]:
        return [at(ANIMALS, self.index), at(ANIMALS, self.index + 1)]

    @strawberry.field
    def fault(self) -> str | None:
        raise KeyError(f"secret {self.index}")

    @strawberry.field
    def sure_fault(self) -> str:
        raise ApiError(Code.CURSOR_EXPIRED, "shown", oldest="c")

    @strawberry.field
    def child(self) -> "Thing | None":
        return thing_of(self.index + 1) if self.index < 40 else None

    @strawberry.field
    def sure_child(self) -> "Thing":
        return cast("Thing", at([thing_of(self.index + 3), None, thing_of(self.index + 1)], self.index))

    @strawberry.field
    def children(self) -> list["Thing"]:
        return [thing_of(self.index + step) for step in range(3)]

    @strawberry.field
    def loose_children(self) -> list["Thing | None"] | None:
        options: list[Any] = [[thing_of(self.index + 5), None], None, [Unrelated()]]
        return cast("list[Thing | None]", at(options, self.index))

    @strawberry.field
    def asks(self, info: Info[Any, None], times: int = 1, tags: list[str] | None = None) -> str:
        raw = info._raw_info
        seen = [info.context, info.field_name, info.path.as_list(), raw.parent_type.name, str(info.return_type)]
        if times < 0:
            raise ApiError(Code.BAD_USER_INPUT, "times is negative")
        return f"{seen} {len(raw.field_nodes)} {sorted(info.variable_values)} {tags} {times}"

    @strawberry.field
    def with_root(self, root: Any) -> int:
        return int(root.index)

    @strawberry.field
    def awaits(self) -> str | None:
        return cast("str", Waits())

    @strawberry.field(extensions=[Doubling()])
    def doubled(self, by: int = 1) -> int:
        return self.index * by


def thing_of(index: int) -> Thing:
    """A thing. Some things lack an attribute."""
    thing = Thing(index=index, plain=at(LEAVES, index))
    if index % 5 == 4:
        del thing.plain
    return thing


def some_things() -> list[Thing]:
    """Three things."""
    return [thing_of(index) for index in (0, 7, 19)]


@strawberry.type
class Query:
    """Reads things."""

    many: list[Thing] = strawberry.field(resolver=some_things)
    loose: list[Thing | None] | None = strawberry.field(resolver=some_things)

    @strawberry.field
    def thing(self, index: int = 0) -> Thing | None:
        return thing_of(index)

    @strawberry.field
    def sure_thing(self, index: int = 0) -> Thing:
        return thing_of(index)

    @strawberry.field
    def awaits(self) -> str | None:
        return cast("str", Waits())

    @strawberry.field
    def nothing(self) -> Thing:
        return None  # type: ignore[return-value]  # invalid on purpose

    @strawberry.field
    def refused(self) -> str:
        raise ApiError(Code.FORBIDDEN, "shown")


done: list[int] = []
"""The calls of mutations."""


@strawberry.type
class Mutation:
    """Writes things."""

    @strawberry.mutation
    def act(self, index: int = 0) -> Thing | None:
        done.append(index)
        if index < 0:
            raise ApiError(Code.BAD_USER_INPUT, "shown")
        return thing_of(index)

    @strawberry.mutation
    def surely_act(self, index: int = 0) -> Thing:
        done.append(index)
        return thing_of(index)


@strawberry.type
class Subscription:
    """Streams things."""

    @strawberry.subscription
    async def thing_made(self, index: int = 0) -> Any:
        yield thing_of(index)


PICKY = strawberry.scalar(name="Picky", serialize=serialize_picky)
CONFIG = StrawberryConfig(scalar_map={Picky: PICKY})
schema = strawberry.Schema(query=Query, mutation=Mutation, types=[Cat, Dog], config=CONFIG)
