"""The restore drill: a system goes on from its backup, with an intact audit trail, and sends nothing twice."""

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.apps import apps
from gql.transport.exceptions import TransportQueryError

from tests.e2e.shop import AUDIT, Shop, Watch, assert_side_effects, trade
from tests.e2e.stack import Production, environment_of, mails_of
from tests.servers.products import PostgresServer, RedisServer

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def sent(directory: Path) -> Counter[str]:
    """How often each mail was sent, by its Message-ID."""
    files = (directory / "outbox").glob("*.log")
    return Counter(str(mail["Message-ID"]) for file in files for mail in mails_of(file.read_bytes()))


async def refusal(shop: Shop, after: str) -> str:
    """The code of the error for a subscription from this cursor."""
    with pytest.raises(TransportQueryError) as refused:
        await Watch().follow(shop, after=after, count=1)
    return str((refused.value.errors or [])[0]["extensions"]["code"])


TABLES = 1 + len({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
"""Those of the models, and that of the migrations."""


async def test_a_system_goes_on_from_its_backup(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    services = environment_of(postgres_server.logins, redis_server.environment)
    name = urlsplit(services["DATABASE_URL"]).path
    services["DATABASE_BACKUP_URL"] = urlunsplit(urlsplit(postgres_server.address)._replace(path=name))
    stack, before = Production(tmp_path, "uvicorn", services), Counter[str]()

    async def mails() -> Counter[str]:
        return await stack.mails() - before

    with stack.running() as shop:
        kept = await trade(shop, clients=2, orders_each=5)
        await assert_side_effects(shop, kept, mails)
        assert f"{TABLES} tables" in stack.manage("backup", str(tmp_path / "backup"))
        before += await mails()
        lost = await trade(shop, clients=1, orders_each=3)
        await assert_side_effects(shop, lost, mails)
        before += await mails()

    assert "is restored" in stack.manage("restore", str(tmp_path / "backup"), "--force")

    with stack.running() as shop:
        assert (await shop.ask(AUDIT))["auditVerify"]["isIntact"]
        assert await refusal(shop, lost.steady.seen[-1]["cursor"]) == "CURSOR_EXPIRED"
        again = Watch()
        await again.follow(shop, after=kept.steady.seen[2]["cursor"], count=7)
        assert again.seen == kept.steady.seen[3:]
        new = await trade(shop, clients=1, orders_each=2)
        await assert_side_effects(shop, new, mails)
        assert new.steady.sequences[0] > lost.steady.sequences[-1]
        assert await refusal(shop, lost.steady.seen[-1]["cursor"]) == "CURSOR_EXPIRED"
        audited = Counter(node["objectId"] for node in await shop.every(AUDIT, "auditRecords"))
        assert [audited[order["id"]] for order in (*kept.orders, *new.orders)] == [1] * 12
        assert [audited[order["id"]] for order in lost.orders] == [0] * 3
    assert set(sent(tmp_path).values()) == {1}
