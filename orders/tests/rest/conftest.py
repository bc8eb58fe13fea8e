"""Fixtures for tests of the REST API."""

from collections.abc import Iterator

import pytest

from orders.models import Order


@pytest.fixture
def unchanged() -> Iterator[None]:
    """Check after the test that no order exists."""
    yield
    assert Order.objects.count() == 0
