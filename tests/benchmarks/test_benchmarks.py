"""The tools of the benchmarks: a run that lost, repeated or reordered an event must not give a number."""

import asyncio
import contextlib
import math
from pathlib import Path

import orjson
import pytest
import websockets

from benchmarks import bench_queries, command
from benchmarks.load.attempt import attempt
from benchmarks.load.delivery_check import Faults, Faulty, check, faults_of
from benchmarks.load.http_load import Refused, check_answer, request_of, work_off
from benchmarks.load.process_cost import percentile
from benchmarks.load.subscribers import Fleet, numbers_in
from benchmarks.options import Options
from benchmarks.peers.operations import OURS, STOCK, Ask
from benchmarks.peers.raw.__main__ import frame, unmask
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results, digits
from benchmarks.report.targets import NODE, TARGETS, Findings, Target, delivery_less
from tests.e2e.stack import Production

SENT = range(11, 16)


@pytest.mark.parametrize(
    ("received", "faults"),
    [
        pytest.param([11, 12, 13, 14, 15], Faults(), id="all, once, in order"),
        pytest.param([11, 12, 14, 15], Faults(missing=1), id="one missing"),
        pytest.param([12, 13, 14], Faults(missing=2), id="both ends missing"),
        pytest.param([], Faults(missing=5), id="nothing came"),
        pytest.param([11, 12, 12, 13, 14, 15], Faults(duplicate=1), id="one repeated at once"),
        pytest.param([11, 12, 13, 14, 15, 12], Faults(duplicate=1), id="one repeated later"),
        pytest.param([11, 13, 12, 14, 15], Faults(out_of_order=1), id="two swapped"),
        pytest.param([12, 13, 14, 15, 11], Faults(out_of_order=1), id="the first came last"),
        pytest.param([10, 11, 12, 13, 14, 15], Faults(unknown=1), id="one of an earlier run"),
        pytest.param([11, 12, -1, 14, 15], Faults(missing=1, unknown=1), id="an error instead of one"),
        pytest.param([11, 15, 12, 12, 14], Faults(missing=1, duplicate=1, out_of_order=1), id="all at once"),
    ],
)
def test_a_subscribers_faults_are_counted(received, faults):
    assert faults_of(received, SENT) == faults


def test_a_fleet_that_received_everything_passes():
    check([list(SENT)] * 3, [SENT] * 3)


def test_a_subscriber_with_a_filter_expects_fewer_events():
    check([list(SENT), [13]], [SENT, range(13, 14)])
    with pytest.raises(Faulty, match=r"Of 6 deliveries 0 were missing, 0 duplicate, 0 out of order and 1 unknown\."):
        check([list(SENT), [13, 14]], [SENT, range(13, 14)])


def test_a_customer_receives_every_thousandth_order():
    ask = Ask("subscription { a }", customer=7)

    assert [*ask.expected(range(5, 2010))] == [7, 1007, 2007]
    assert [*ask.expected(range(8, 1007))] == []
    assert ask.expected(range(1007, 1008)) == range(1007, 1008)


def test_one_subscribers_fault_fails_the_run():
    with pytest.raises(Faulty, match=r"Of 15 deliveries 1 were missing, 1 duplicate, 0 out of order and 0 unknown\."):
        check([list(SENT), [11, 12, 13, 14], [11, 11, 12, 13, 14, 15]], [SENT] * 3)


def test_an_order_is_found_in_its_event_again():
    sent = [OURS.order(7)["input"]["externalReference"], STOCK.order(8)["input"]["externalReference"]]
    payloads = [f'{{"data":{{"orderCreated":{{"externalReference":"{name}"}}}}}}'.encode() for name in sent]

    assert numbers_in([*payloads, b'{"errors":[]}']) == [7, 8, -1]


@contextlib.asynccontextmanager
async def server_sending(*events):
    """A server of the protocol that sends these orders to each subscriber; returns its port."""

    async def serve(socket):
        assert orjson.loads(await socket.recv()) == {"type": "connection_init", "payload": {"authorization": "x"}}
        await socket.send('{"type":"connection_ack"}')
        subscribe = orjson.loads(await socket.recv())
        assert subscribe == {
            "id": "1",
            "type": "subscribe",
            "payload": {"query": "subscription { a }", "variables": {}},
        }
        for number in events:
            event = {"id": "1", "type": "next", "payload": {"data": {"name": f"bench-{number}"}}}
            await socket.send(orjson.dumps(event).decode())
        async for message in socket:
            if orjson.loads(message) == {"type": "ping"}:
                await socket.send('{"type":"pong"}')

    async with websockets.serve(serve, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        pytest.param([11, 12, 13, 14, 15], "none", id="whole"),
        pytest.param([11, 12, 14, 15, 13, 13], "0 were missing, 2 duplicate, 2 out of order", id="faulty"),
        pytest.param([11], "8 were missing, 0 duplicate, 0 out of order", id="silent"),
    ],
)
async def test_the_client_records_the_servers_messages(sent, faults):
    async with server_sending(*sent) as port:
        fleet = Fleet(port, "/graphql/", {"authorization": "x"}, [Ask("subscription { a }")])
        fleet.awaited = 2 * len(sent)
        await fleet.open(2)
        assert await fleet.wait(timeout_seconds=30)
        await fleet.hear_out()
        await fleet.close()

    assert fleet.received_numbers() == [sent, sent]
    with contextlib.nullcontext() if faults == "none" else pytest.raises(Faulty, match=faults):
        check(fleet.received_numbers(), fleet.expected_numbers(SENT))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b'{"data":{"createOrder":null},"errors":[{"message":"no"}]}', id="an error"),
        pytest.param(b'{"data":{"createOrder":{"order":null,"userErrors":[{"code":"TAKEN"}]}}}', id="a user error"),
    ],
)
def test_an_answer_without_success_is_not_measured(answer):
    with pytest.raises(Refused):
        check_answer(answer)


def test_a_request_has_its_content_length():
    head, body = request_of("/graphql/", {"Authorization": "Bearer x"}, "{ a }", {"é": 1}).split(b"\r\n\r\n")

    assert head.splitlines() == [
        b"POST /graphql/ HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Content-Type: application/json",
        b"Content-Length: 38",
        b"Authorization: Bearer x",
    ]
    assert body == '{"query":"{ a }","variables":{"é":1}}'.encode()


@pytest.fixture
def results():
    """Two runs of two contestants."""
    made = Results("race", "Who?", (Column("CPU", "ms"), Column("events", "1/s")), baseline="stock")
    for contestant, cpu, events in [("stock", 8, 10), ("ours", 2, 50), ("stock", 12, 30), ("ours", 3, 30)]:
        made.add("1,000", contestant, {"CPU": cpu, "events": events})
    return made


def test_ratios_are_of_medians_to_the_baselines(results):
    assert [results.ratio("1,000", "ours", column) for column in results.columns] == [0.25, 2]
    assert math.isnan(results.ratio("1,000", "absent", results.columns[0]))


def test_a_table_has_medians_and_ratios(results):
    assert results.markdown().splitlines() == [
        "",
        "**1,000**",
        "",
        "|  | CPU, ms | events, 1/s | beside stock |",
        "|---|---:|---:|---:|",
        "| stock | 10.0 (8.00–12.0) | 20.0 (10.0–30.0) | – |",
        "| ours | 2.50 (2.00–3.00) | 40.0 (30.0–50.0) | 4.0× less |",
    ]


def test_numbers_have_three_digits():
    assert [digits(value) for value in (0.01234, 1.2345, 12.345, 123.45, 12345.6, 0)] == [
        "0.0123",
        "1.23",
        "12.3",
        "123",
        "12,346",
        "0",
    ]


def test_a_percentile_is_a_value_that_was_measured():
    values = [float(value) for value in range(1, 101)]

    assert [percentile(values, share) for share in (0, 0.5, 0.99, 1)] == [1, 50, 99, 100]


def test_results_are_read_as_they_were_written(results, tmp_path):
    results.add("1,000", "ours", {"CPU": 4, "events": math.nan})
    results.failed.append("ours, 5,000: one was missing")

    read = Results.read(results.write(tmp_path))

    assert read.markdown() == results.markdown()
    assert (read.name, read.columns, read.failed) == (results.name, results.columns, results.failed)


def test_earlier_results_can_be_kept(results, tmp_path):
    results.write(tmp_path)
    now = Results("race", "Who?", results.columns, baseline="stock")
    now.add("1,000", "ours", {"CPU": 1, "events": 80})

    now.keep(tmp_path)

    assert now.runs["1,000", "ours"] == [{"CPU": 1, "events": 80}]
    assert now.runs["1,000", "stock"] == results.runs["1,000", "stock"]


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        pytest.param(0.1, ("4.00×", "reached"), id="just"),
        pytest.param(0.11, ("3.64×", "**not reached**"), id="hardly not"),
        pytest.param(None, ("–", "not measured"), id="no number"),
    ],
)
def test_a_target_beside_the_best_of_some(ours, verdict):
    results = Results("live_delivery", "", (Column("CPU per delivery", "ms"),), baseline="stock")
    for contestant, cpu in {"mercurius": 0.5, "yoga": 0.4, "ours": ours}.items():
        if cpu is not None:
            results.add("5 subscribers", contestant, {"CPU per delivery": cpu})
    target = Target("less", delivery_less(NODE, "5 subscribers"), "×", at_least=4)

    assert target.asked == "≥ 4×"
    assert target.verdict(Findings([results])) == verdict


def test_every_target_names_a_measurement():
    seen = set()

    class Everything(Findings):
        def value(self, benchmark, case, contestant, column):
            seen.add((benchmark, contestant))
            return 1.0

    for target in TARGETS:
        target.verdict(Everything([]))

    assert {benchmark for benchmark, _ in seen} == {
        "alone",
        "scale",
        "filters",
        "bulk",
        "live_delivery",
        "distinct",
        "create_order",
        "create_orders",
        "list_orders",
    }


async def test_a_run_without_a_number_is_noted_and_the_next_goes_on():
    results = Results("race", "Who?", (Column("CPU", "ms"),), baseline="stock")

    async def lose():
        raise Faulty("one is missing")

    async def win():
        return {"CPU": 2.0}

    def both():
        return [attempt(run, results, "5", "ours") for run in (lose(), win())]

    assert await asyncio.to_thread(both) == [None, {"CPU": 2.0}]
    assert results.failed == ["ours, 5: Faulty: one is missing"]
    assert results.runs["5", "ours"] == [{"CPU": 2.0}]


def test_the_remaining_time_follows_from_the_pace_so_far(monkeypatch, capsys):
    now = iter([100.0, 160.0, 160.0])
    monkeypatch.setattr("benchmarks.report.progress.time.monotonic", lambda: next(now))
    progress = Progress(120)

    progress.ran(30, "one run")

    assert capsys.readouterr().err == "[1:00, about 3:00 left] one run\n"


def test_the_remaining_time_falls_while_orders_are_written(monkeypatch, capsys):
    says = [f"Orders and what happened to them: {written} of 4,000\n" for written in ("1,000", "2,000", "4,000")]

    class Command:
        stdout, returncode = [*says, "4,000 orders\n", *says], 0

        def __init__(self, *arguments, **named):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(bench_queries, "Popen", Command)
    progress = Progress(8_000 * bench_queries.SECONDS_PER_ORDER)

    bench_queries.place(Production(Path(), "uvicorn", {}), progress, "demo-2", 8_000, "2")

    assert progress.done == pytest.approx(progress.planned)
    assert "demo-2: Orders and what happened to them: 1,000 of 4,000" in capsys.readouterr().err


def test_distinct_subscriptions_are_distinct():
    for operations in (OURS, STOCK):
        assert len({ask.query for ask in operations.distinct_selections(1000)}) == 1000
        filters = operations.distinct_filters(1000)
        assert len({ask.query for ask in filters}) == 1
        assert len({orjson.dumps(ask.variables) for ask in filters}) == 1000


def test_the_raw_peer_reads_a_clients_frame():
    masked = (
        b"\x81\x85" + b"\x01\x02\x03\x04" + bytes(a ^ b for a, b in zip(b"hello", b"\x01\x02\x03\x04\x01", strict=True))
    )

    assert unmask(masked + b"rest") == (b"hello", b"rest")
    assert [unmask(masked[:length]) for length in range(len(masked))] == [None] * len(masked)
    assert frame(b"x" * 126)[:4] == b"\x81\x7e\x00\x7e"


class Answering:
    """A connection that answers at once."""

    async def send(self, request):
        return b"{}"


@pytest.mark.parametrize(("end", "answered"), [(math.inf, 6), (0.0, 1)])
async def test_a_connection_sends_until_nothing_waits_or_the_time_is_over(end, answered):
    took = await work_off(Answering(), iter([b"request"] * 6), end)

    assert len(took) == answered


class Benchmark:
    """A benchmark that fails, or gives one number."""

    def __init__(self, name, error=None):
        self.name, self.error, self.measured = name, error, 0

    def seconds(self, options):
        return 1.0

    def measure(self, options, servers, progress):
        self.measured += 1
        if self.error:
            raise self.error
        results = Results(self.name, "Who?", (Column("CPU", "ms"),), baseline="stock")
        results.add("5 orders", "ours", {"CPU": 1.0})
        return results


@pytest.fixture
def output(monkeypatch, tmp_path):
    """A folder for the results, on a machine without servers."""
    monkeypatch.setattr(command, "folder_of", lambda options: tmp_path)
    monkeypatch.setattr(command, "server_versions", dict)
    return tmp_path


def test_a_benchmark_that_fails_leaves_the_others_results_and_can_be_measured_again(output):
    first, failing, last = Benchmark("first"), Benchmark("failing", OSError("no room")), Benchmark("last")
    chosen = {one.name: one for one in (first, failing, last)}

    with pytest.raises(SystemExit, match="failing: OSError: no room"):
        command.measure(chosen, Options(), keep=False)
    assert {path.stem for path in output.glob("*.json")} == {"first", "last"}

    failing.error = None
    command.measure(chosen, Options(), keep=False, go_on=True)
    assert [one.measured for one in (first, failing, last)] == [1, 2, 1]

    command.measure(chosen, Options(rounds=1), keep=False, go_on=True)
    assert [one.measured for one in (first, failing, last)] == [2, 3, 2]


def test_a_target_that_is_not_reached_says_why():
    results = Results("race", "", (Column("CPU", "ms"),), baseline="stock")
    results.add("5 orders", "ours", {"CPU": 2.0})

    def cpu(found):
        return found.value("race", "5 orders", "ours", "CPU")

    def verdict(at_most):
        target = Target(
            "less", lambda found: found.value("race", "5 orders", "ours", "CPU"), "ms", at_most=at_most, because="of x"
        )
        return target.verdict(Findings([results]))[1]

    assert verdict(1.0) == "**not reached**, because of x"
    assert verdict(2.0) == "reached"
