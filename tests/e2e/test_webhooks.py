"""Webhooks as docs/webhooks.md describes them: registered by its command, received by its examples."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.packed import node, said_by
from tests.e2e.shop import NO_CERTIFICATES
from tests.environment import ROOT
from tests.form import LONG
from tests.servers.processes import free_port, listens, wait_until

pytestmark = pytest.mark.e2e

CREATE = """mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { id number } } }"""
PAY = """mutation ($input: PayOrderInput!) { payOrder(input: $input) { userErrors { message } } }"""
LEFT = "{ receivers { pending retrying } }"
ORDERS, SECONDS = 30 if LONG else 12, 90
THIRD = ORDERS // 3
KILLS, KINDS = 2, ["order.created", "order.paid"]
LINES = [{"sku": "TEA-1", "quantity": 2, "unitPrice": "12.50"}]
EXAMPLE = ROOT / "docs/examples/webhook_consumer"


def python(folder: Path) -> list[str | Path]:
    """The command of the Python consumer."""
    return [sys.executable, EXAMPLE.with_suffix(".py")]


def typescript(folder: Path) -> list[str | Path]:
    """The command of the TypeScript consumer, type-checked. Compiled, because Node runs it as it is from 22.18 on."""
    types = ["--types", "node", "--typeRoots", str(ROOT / "frontend_demo/node_modules/@types")]
    options = ["--strict", "--target", "es2022", "--module", "nodenext", *types, "--outDir", str(folder)]
    (folder / "package.json").write_text('{"type": "module"}')
    source = shutil.copy(EXAMPLE.with_suffix(".ts"), folder)
    said_by(node(), str(ROOT / "frontend_demo/node_modules/.bin/tsc"), *options, str(source))
    return [node(), folder / "webhook_consumer.js"]


def ask(address: str, query: str, **variables: object) -> Any:
    body = {"query": query, "variables": {"input": variables}}
    answer = httpx.post(f"{address}/graphql/", json=body, verify=NO_CERTIFICATES).json()
    assert "errors" not in answer, answer
    return answer["data"]


def is_idle(address: str) -> bool:
    """Whether no receiver has a delivery before it."""
    return all(one["pending"] + one["retrying"] == 0 for one in ask(address, LEFT)["receivers"])


def registered(address: str, port: int) -> str:
    """The secret that the documented command returns."""
    [command] = re.findall(r"```sh\n(curl -s .*?)```", (ROOT / "docs/webhooks.md").read_text(), re.DOTALL)
    here = command.strip().replace("http://127.0.0.1:8000", address).replace("127.0.0.1:9000", f"127.0.0.1:{port}")
    made = json.loads(said_by("sh", "-c", here))["data"]["createWebhookEndpoint"]
    assert made["userErrors"] == []
    return str(made["secret"])


class Running:
    """A consumer, which may be killed and started again."""

    def __init__(self, command: list[str | Path], port: int, secret: str, folder: Path) -> None:
        self.command, self.port, self.folder = command, port, folder
        self.env = {"WEBHOOK_SECRET": secret, "PORT": str(port), "PATH": "/usr/bin:/bin"}
        self.output = folder / "output"

    def start(self) -> None:
        with self.output.open("a") as file:
            self.process = subprocess.Popen(self.command, env=self.env, cwd=self.folder, stdout=file)
        wait_until(lambda: listens(self.port), timeout_seconds=SECONDS, what="the consumer to listen")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()


def running(example: Callable[[Path], list[str | Path]], address: str, folder: Path) -> Running:
    """A registered consumer that listens."""
    folder.mkdir()
    port = free_port()
    consumer = Running(example(folder), port, registered(address, port), folder)
    consumer.start()
    return consumer


def test_examples_that_are_killed_twice_print_each_event_and_an_orders_in_order(address: str, tmp_path: Path) -> None:
    consumers = [running(one, address, tmp_path / one.__name__) for one in (python, typescript)]
    numbers: list[str] = []
    for place in range(ORDERS):
        for consumer in consumers if place in {THIRD, 2 * THIRD} else ():
            consumer.kill()
        order = ask(address, CREATE, customerEmail="ada@example.com", lines=LINES)["createOrder"]["order"]
        ask(address, PAY, id=order["id"])
        numbers.append(order["number"])
        for consumer in consumers if place in {THIRD + 2, 2 * THIRD + 2} else ():
            consumer.start()

    events = 2 * ORDERS
    wait_until(
        lambda: min(len(set(one.lines())) for one in consumers) >= events, timeout_seconds=SECONDS, what="events"
    )
    wait_until(lambda: is_idle(address), timeout_seconds=SECONDS, what="all deliveries, so that nothing more comes")
    for consumer in consumers:
        consumer.kill()

    for consumer in consumers:
        said = [tuple(line.split()[:2]) for line in consumer.lines()]
        once = list(dict.fromkeys(said))
        assert sorted(once) == sorted((kind, number) for number in numbers for kind in KINDS)
        assert len(said) - len(once) <= KILLS  # A kill between the line and its transaction's commit has it come again.
        for number in numbers:
            assert [kind for kind, one in once if one == number] == KINDS
