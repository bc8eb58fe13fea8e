"""``docs/scaling.md`` is made from ``benchmarks/results/`` by a model that agrees with queueing theory."""

import math
import re
from itertools import pairwise

import pytest

from benchmarks.report.document import PUBLISHED, SCALING, filled, read_all
from benchmarks.report.results import Column, Results
from benchmarks.report.scaling import COSTS, LOADS, SOCKETS, Load, Model, costs_table, loads_table
from benchmarks.report.simulation import Visit, journeys, most_per_second, percentile
from benchmarks.report.targets import Findings

NOTHING = Findings([])


def test_the_documents_tables_are_made_of_the_published_results():
    text = SCALING.read_text()

    assert text == filled(text, read_all(PUBLISHED)), "Run ./dev bench --plots: it writes the tables."


def test_every_plot_in_the_document_is_there():
    shown = re.findall(r"\]\((images/.+?)\)", SCALING.read_text())

    assert len(shown) == 2
    assert [name for name in shown if not (SCALING.parent / name).exists()] == []


def test_one_server_waits_as_the_theory_says():
    """M/M/1: the time is exponential with a mean of 1 / (mu - lambda): 2 ms here."""
    times = journeys([Visit("one", 1.0)], {"one": 1}, 500, orders=30_000)

    assert sum(times) / len(times) == pytest.approx(2.0, rel=0.1)
    assert percentile(times, 0.5) == pytest.approx(2.0 * math.log(2), rel=0.1)


def test_four_servers_wait_as_the_theory_says():
    """M/M/4 at a use of 0.7: the mean wait is Erlang's C / (4 mu - lambda), and the service takes 1 ms."""
    offered = 2.8
    waiting = offered**4 / math.factorial(4) / (1 - offered / 4)
    erlang_c = waiting / (sum(offered**k / math.factorial(k) for k in range(4)) + waiting)
    times = journeys([Visit("four", 1.0)], {"four": 4}, 2800, orders=30_000)

    assert sum(times) / len(times) == pytest.approx(1 + erlang_c / 1.2, rel=0.1)


def test_visits_to_one_station_share_its_servers():
    way = [Visit("web", 1.0), Visit("database", 0.5), Visit("web", 1.0)]

    assert most_per_second(way, {"web": 1, "database": 1}) == pytest.approx(500)
    alone, busy = (journeys(way, {"web": 1, "database": 1}, rate, orders=8_000) for rate in (5, 450))
    assert sum(alone) / len(alone) == pytest.approx(2.5, rel=0.1)
    assert percentile(busy, 0.5) > 3 * percentile(alone, 0.5)


def test_more_orders_and_more_dashboards_take_more_processes():
    model = Model(NOTHING)
    for orders in (10, 1_000, 100_000):
        by_dashboards = [model.processes(load) for load in LOADS if load.orders == orders]
        for less, more in pairwise(by_dashboards):
            assert all(less[part] <= more[part] for part in less)
    for dashboards in (1_000, 1_000_000):
        by_orders = [model.processes(load) for load in LOADS if load.dashboards == dashboards]
        assert all(less[part] <= more[part] for less, more in pairwise(by_orders) for part in less)


def test_each_part_is_planned_at_most_at_its_share():
    model = Model(NOTHING)
    for load in LOADS:
        used, count = model.cores(load), model.processes(load)
        assert all(used[part] <= 0.6 * count[part] + 1e-9 for part in used)
        assert load.dashboards <= SOCKETS * count["web"]


def test_what_is_full_first_is_the_sockets_of_quiet_dashboards_and_the_worker_of_many_orders():
    model = Model(NOTHING)

    assert model.full(Load(10, 1_000_000))[0] == (50.0, "one web process")
    assert model.full(Load(1_000, 1_000))[0][1] == "one worker"
    assert model.cells_of(Load(10, 1_000_000)) == 1
    assert model.cells_of(Load(100_000, 1_000)) >= 50


def test_a_measured_cost_replaces_an_assumed_one():
    measured = Results("create_order", "", (Column("web", "ms"),), baseline="")
    measured.add("PostgreSQL", "ours", {"web": 4.25})
    rows = list(costs_table(Findings([measured])))

    assert "| web | an order | 4.2 ms | measured: `create_order` |" in rows
    assert sum("| assumed |" in row for row in rows) == len(COSTS) - 1
    assert list(loads_table(Findings([measured]))) != list(loads_table(NOTHING))
