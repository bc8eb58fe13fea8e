"""Many ids are one parameter of a statement, and cheap to write."""

from types import SimpleNamespace
from uuid import UUID

import pytest

from orders.search.lookups import Ids

IDS = [UUID(int=1), UUID(int=255)]


@pytest.mark.parametrize(("vendor", "mark"), [("postgresql", "{%s,%s}"), ("sqlite", '["%s", "%s"]')])
def test_ids_are_written_without_dashes(vendor: str, mark: str) -> None:
    written = Ids("orders").filled(IDS, SimpleNamespace(vendor=vendor))
    assert written == mark % ("0" * 31 + "1", "0" * 30 + "ff")
