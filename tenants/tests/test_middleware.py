"""The data that is kept of a request."""

import pytest

from tenants.auth.proxies import ip_of


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        (None, None),
        ("", None),
        ("unknown", None),
        ("/run/web.sock", None),
        ("\xff\xff", None),
        ("192.0.2.1, 192.0.2.2", None),
    ],
)
def test_only_valid_addresses_are_kept(address: str | None, kept: str | None) -> None:
    assert ip_of(address) == kept
