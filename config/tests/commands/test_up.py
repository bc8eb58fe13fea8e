import json
import shlex
from argparse import ArgumentTypeError

import pytest
from django.core.management import call_command
from pytest_django import Settings

from config.management.commands import up
from config.management.options import port_number


def test_refusal_is_a_sentence_and_status_1(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.EMBEDDED, settings.ORDERS_DEMO = True, True

    with pytest.raises(SystemExit) as ended:
        call_command("up", "--host", "0.0.0.0")

    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("--host 0.0.0.0 can be reached from other machines")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("orders.example", "http://orders.example:8000"),
    ],
)
def test_url_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert up.url_of(host, 8000) == url


def test_lines_to_try_are_commands_whose_body_is_json() -> None:
    query, mutation, _ = up.tries("http://127.0.0.1:8000")

    assert json.loads(shlex.split(query)[-1]) == {"query": up.QUERY}
    assert 'total: "100.00"' in json.loads(shlex.split(mutation)[-1])["query"]


@pytest.mark.parametrize(
    ("demo", "login", "caller"),
    [
        (True, "demo / demo", "Requests from this machine without credentials act for the demo tenant"),
        (False, "none for the demo; ./dev createsuperuser makes one", "Requests need credentials"),
    ],
)
def test_table_says_whether_the_demo_is_open(
    settings: Settings, capsys: pytest.CaptureFixture[str], demo: bool, login: str, caller: str
) -> None:
    settings.ORDERS_DEMO = demo

    up.show("127.0.0.1", 8123)

    printed = capsys.readouterr().out
    assert [name for name in up.PLACES if f"{name} " in printed] == list(up.PLACES)
    assert login in printed
    assert caller in printed


@pytest.mark.parametrize(("demo", "quiet", "said"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_traffic_is_announced_where_it_runs(
    settings: Settings, capsys: pytest.CaptureFixture[str], demo: bool, quiet: bool, said: int
) -> None:
    settings.ORDERS_DEMO = demo

    up.show("127.0.0.1", 8123, quiet=quiet)

    assert capsys.readouterr().out.count("Demo orders arrive every few seconds; the page") == said


@pytest.mark.parametrize(("demo", "said"), [(True, "with new demo orders"), (False, "It starts empty.")])
def test_reset_says_what_it_begins_with(settings: Settings, demo: bool, said: str) -> None:
    settings.ORDERS_DEMO = demo

    assert said in up.after_reset()


@pytest.mark.parametrize("text", ["-1", "65536"])
def test_port_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="ports are 1 to 65535"):
        port_number(text)
