"""``REDIS_URL`` names one Redis, shards, or a master behind Sentinel."""

import pytest

from tenants.redis_servers import Sentinels, broker, channel_hosts, shards

BEHIND = "redis+sentinel://app:p%40ss@one:26380,[::1],three/2?master_name=orders&sentinel_password=other"


def test_a_plain_address_is_passed_on() -> None:
    assert channel_hosts("rediss://one:6379/0?ssl_ca_certs=/ca.pem", socket_connect_timeout=1) == [
        {"address": "rediss://one:6379/0?ssl_ca_certs=/ca.pem", "socket_connect_timeout": 1}
    ]
    assert broker("redis://one/0") == ("redis://one/0", {})
    assert broker("") == ("", {})


def test_shards_are_hosts_of_the_channel_layer_and_the_first_is_the_broker() -> None:
    urls = "redis://one/0; redis://two/0;"

    assert shards(urls) == ["redis://one/0", "redis://two/0"]
    assert [host["address"] for host in channel_hosts(urls)] == ["redis://one/0", "redis://two/0"]
    assert broker(urls) == ("redis://one/0", {})


def test_a_master_behind_sentinel_has_its_own_login_and_that_of_the_sentinels() -> None:
    known = Sentinels.parse(BEHIND)

    assert known.nodes == (("one", 26380), ("::1", 26379), ("three", 26379))
    assert (known.master_name, known.sentinel) == ("orders", {"password": "other"})
    assert known.connection == {"db": 2, "username": "app", "password": "p@ss"}
    assert broker("rediss+sentinel://:secret@one/0?master_name=orders") == (
        "sentinel://:secret@one:26379/0",
        {"master_name": "orders", "sentinel_kwargs": {"ssl": True}, "ssl": True},
    )


@pytest.mark.parametrize(
    "url",
    ["redis+sentinel://one/0", "redis+sentinel:///0?master_name=a", "redis+sentinel://one:0/0?master_name=a"],
)
def test_an_incomplete_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the setting has its own sentence
        Sentinels.parse(url)
