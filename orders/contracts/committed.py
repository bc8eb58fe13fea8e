"""The committed contracts of events: for each type and version a JSON Schema and an example, forever.

``events/<type>/<version>.json`` is the schema, ``<version>.example.json`` a payload of that version. ``./dev schema``
writes what the code has; it changes no version in a way that breaks consumers, and never an example.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from events.upcasters import UPCASTERS
from orders.contracts.compatibility import breaking_changes
from orders.contracts.json_schema import Schema, example_of, payload_schema
from orders.event_types import ALL_EVENTS, VERSIONS

FOLDER: Final = Path(__file__).parent / "events"
REMEDY: Final = "Give the type a new version in orders/event_types.py, and an upcaster (docs/decisions/0051)."
RENEW: Final = "./dev schema writes it again."


def schema_file(event_type: str, version: int) -> Path:
    """The path of a version's schema."""
    return FOLDER / event_type / f"{version}.json"


def example_file(event_type: str, version: int) -> Path:
    """The path of a version's example payload."""
    return FOLDER / event_type / f"{version}.example.json"


def read(path: Path) -> Any:
    """The JSON value in a committed file."""
    return orjson.loads(path.read_bytes())


def versions() -> Iterator[tuple[str, int]]:
    """Every type with each of its versions, the present one last."""
    return ((event_type, version) for event_type in ALL_EVENTS for version in range(1, VERSIONS[event_type] + 1))


def problems() -> list[str]:
    """The faults of the committed contracts, each with its remedy; none if they fit the code."""
    return [problem for event_type, version in versions() for problem in problems_of(event_type, version)]


def problems_of(event_type: str, version: int) -> Iterator[str]:
    """The faults of one version's contract."""
    path, name = schema_file(event_type, version), f"{event_type} {version}"
    if not path.is_file() or not example_file(event_type, version).is_file():
        yield f"{name} has no schema or no example in orders/contracts/events. {RENEW}"
        return
    if version < VERSIONS[event_type]:
        if (event_type, version) not in UPCASTERS:
            yield f"{name} has no upcaster, so recorded events of it can't be read."
        return
    committed, made = read(path), payload_schema(event_type, version)
    if broken := list(breaking_changes(committed, made)):
        yield "\n".join([f"{name} would break its consumers. {REMEDY}", *(f"  {one}" for one in broken)])
    elif committed != made:
        yield f"{name} has changed in a way that consumers can bear. {RENEW}"


def write() -> list[Path]:
    """Write the schemas that the code has, and the examples that are missing; return the files that have changed.

    Raises:
        ValueError: a schema would break consumers of its version. Nothing is written.
    """
    if broken := [problem for problem in problems() if REMEDY in problem]:
        raise ValueError("\n".join(broken))
    written = []
    for event_type, version in VERSIONS.items():
        schema = payload_schema(event_type, version)
        if put(schema_file(event_type, version), schema):
            written.append(schema_file(event_type, version))
        example = example_file(event_type, version)
        if not example.is_file() and put(example, example_of(schema)):
            written.append(example)
    return written


def put(path: Path, value: Schema) -> bool:
    """Write a JSON value to a file; whether that changed the file."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if path.is_file() and path.read_bytes() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return True
