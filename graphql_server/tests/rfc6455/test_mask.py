"""Masks come off the same way with and without the websockets library."""

from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from graphql_server.rfc6455.mask import apply_mask, compiled_mask, plain_mask
from tests.form import examples


@settings(max_examples=examples(100), deadline=None)
@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_plain_python_does_what_the_compiled_function_does(data: bytes, mask: bytes) -> None:
    assert plain_mask(data, mask) == apply_mask(data, mask) == bytes(b ^ mask[i % 4] for i, b in enumerate(data))


def test_the_compiled_function_is_used_where_it_is_found() -> None:
    assert apply_mask is not plain_mask


def test_plain_python_is_used_where_the_function_is_missing_and_the_log_says_so() -> None:
    with capture_logs() as logs:
        found = [compiled_mask("websockets.no_such_module"), compiled_mask("websockets.version")]

    assert found == [plain_mask, plain_mask]
    assert [line["event"] for line in logs] == ["compiled_mask_missing"] * 2
