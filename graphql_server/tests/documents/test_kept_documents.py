"""Documents that an executor keeps: parsed once, bounded in bytes, and freed at once."""

import gc
import tracemalloc
from unittest.mock import Mock

import pytest
from graphql import parse, validate

from graphql_server.caches import ENTRY_BYTES, freed_bytes
from graphql_server.context import Context
from graphql_server.documents import documents, validation
from graphql_server.execution.executor import Executor, Operation


def test_text_is_parsed_and_validated_once(
    executor: Executor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Mock(parse=Mock(wraps=parse), validate=Mock(wraps=validate))
    monkeypatch.setattr(documents, "parse", done.parse)
    monkeypatch.setattr(validation, "validate", done.validate)

    for text in ("{ ... { hello } }", "{ nope }", "{"):
        first, second = (executor.run(Operation(text), context) for _ in range(2))
        assert [first.get(part) for part in ("data", "errors")] == [second.get(part) for part in ("data", "errors")]

    assert [name for name, _, _ in done.method_calls] == ["parse", "validate", "parse", "validate", "parse"]


def test_kept_documents_are_bounded_in_bytes(executor: Executor) -> None:
    kept = executor.documents.refused
    [weight] = {executor.documents.read(f"{{{name}}}").weight for name in "abc"}
    assert kept.budget.used_bytes == 3 * (weight + ENTRY_BYTES)
    kept.budget.most_bytes = 3 * (weight + ENTRY_BYTES)

    for name in "dbe":
        executor.documents.read(f"{{{name}}}")
    assert list(kept._entries) == ["{d}", "{b}", "{e}"]

    executor.documents.read(f"#{'x' * 5_000}\n{{f}}")
    assert [len(text) for text in kept._entries] == [3, 5_005]


def test_a_weight_is_no_less_than_the_bytes_of_a_document(executor: Executor) -> None:
    texts = [
        "{ " + " ".join(f"n{n}: node {{ child {{ name }} }}" for n in range(99)) + "}",
        "{ nodes(count: 1) { " + "... { name } " * 90 + "} }",
        "{ " + " ".join(f"nope{n}" for n in range(99)) + "}",
        "{ " + "n" * 50_000 + "}",
    ]
    for text in ("{ hello }", "{ nope }"):
        executor.documents.read(text)
    for text in texts:
        gc.collect()
        tracemalloc.start()
        weight = executor.documents.read(text).weight
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert taken + len(text) <= weight + 40_000, text[:50]  # graphql-core makes it once for all documents


def number_of(kind: str) -> int:
    """How many objects of the types of this name exist."""
    return sum(type(one).__name__ == kind for one in gc.get_objects())


def test_the_garbage_of_a_refused_document_is_freed(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[int] = []
    monkeypatch.setattr(freed_bytes, "listener", noted.append)
    for text in ("{ nothing }", "{ hello", "{ hello }"):
        executor.documents.read(text)
    assert noted == [1_100, 700]


def test_a_document_is_freed_without_the_garbage_collector(executor: Executor) -> None:
    executor.documents.kept.clear()
    gc.collect()
    before = number_of("Token")
    executor.documents.read(f"{{ {' '.join(f'a{number}: hello' for number in range(20))} }}")
    gc.collect()  # Validation has left garbage behind.
    assert number_of("Token") > before
    gc.disable()
    try:
        executor.documents.kept.clear()
        assert number_of("Token") == before
    finally:
        gc.enable()


def test_an_execution_is_freed_without_the_garbage_collector(executor: Executor, context: Context) -> None:
    executor.run(Operation("{ hello }"), context)
    gc.collect()
    before = number_of("PlannedExecutor")
    gc.disable()
    try:
        executor.run(Operation("{ hello }"), context)
        assert number_of("PlannedExecutor") == before
    finally:
        gc.enable()


def test_a_long_message_is_shortened(executor: Executor) -> None:
    document = executor.documents.read("{ " + "n" * 50_000 + " }")

    [error] = document.errors
    assert len(error["message"]) == 501
    assert error["message"].startswith("Cannot query field 'nnn")
