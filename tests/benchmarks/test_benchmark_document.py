"""``docs/benchmarks.md`` shows what is in ``benchmarks/results/``, and nothing else."""

import re

import pytest

from benchmarks.__main__ import found as benchmarks
from benchmarks.report.capacity import machines, per_core
from benchmarks.report.document import DOCUMENT, PUBLISHED, conditions, filled, latest, read_all
from benchmarks.report.results import Column, Results
from benchmarks.report.targets import Findings

TEXT = "Before.\n\n<!-- table: race -->\nan old table\n<!-- end -->\n\nAfter.\n"


@pytest.fixture
def race():
    """The results of one benchmark."""
    made = Results("race", "Who?", (Column("CPU", "ms"),), baseline="stock")
    for cpu in (1.0, 3.0, 2.0):
        made.add("5 orders", "ours", {"CPU": cpu})
    return made


def test_the_documents_tables_are_the_published_results():
    text = DOCUMENT.read_text()

    assert text == filled(text, read_all(PUBLISHED)), "Run ./dev bench --plots: it writes the tables."


def test_every_benchmark_has_a_table_in_the_document():
    named = set(re.findall(r"<!-- table: (.+) -->", DOCUMENT.read_text()))

    assert named == {*benchmarks(), "conditions", "one core", "machines", "targets"}


def test_every_plot_in_the_document_is_there():
    shown = re.findall(r"\]\((images/.+?)\)", DOCUMENT.read_text())

    assert [name for name in shown if not (DOCUMENT.parent / name).exists()] == []


def test_a_table_is_replaced_and_the_text_around_it_stays(race):
    text = filled(TEXT, {"race": race})

    table = "**5 orders**\n\n|  | CPU, ms |\n|---|---:|\n| ours | 2.00 (1.00–3.00) |"
    assert text == f"Before.\n\n<!-- table: race -->\n{table}\n<!-- end -->\n\nAfter.\n"
    assert filled(text, {"race": race}) == text


def test_a_run_without_a_number_is_named(race):
    race.failed.append("ours, 9 orders: Faulty: one was missing")

    assert "| ours | 2.00 (1.00–3.00) |\n\nNo number: ours, 9 orders: Faulty: one was missing\n" in filled(
        TEXT, {"race": race}
    )


def test_results_of_an_earlier_version_are_not_published(race, tmp_path):
    race.write(tmp_path)
    assert latest(tmp_path) == {}

    race.machine["servers"] = {"PostgreSQL": "15.1"}
    race.write(tmp_path)
    assert [*latest(tmp_path)] == ["race"]


def test_the_conditions_name_day_servers_and_what_was_short(race):
    race.machine |= {"servers": {"PostgreSQL": "15.1"}, "share": 0.3, "date": "2026-11-30", "load_before": 0.04}
    race.machine |= {"commit": "abc1234", "cores": 2, "processor": "AMD EPYC", "memory_gib": 23.5, "system": "Linux"}

    lines = list(conditions({"race": race}))

    assert lines[:2] == [
        "- Measured on 2026-11-30 at abc1234. Rounds: 3.",
        "- 2 cores (AMD EPYC), 23.5 GiB of memory, Linux.",
    ]
    assert "PostgreSQL 15.1." in lines[2]
    assert lines[-1] == "- **Measured in the short form, to be repeated:** race."


def test_what_is_not_measured_yet_says_how():
    assert "\nNot measured yet: `./dev bench race`.\n" in filled(TEXT, {})


@pytest.fixture
def measured():
    """Results with a cost of 4 ms for an order and of 0.01 ms for a delivery."""
    orders = Results("create_order", "", (Column("CPU per order", "ms"), Column("PostgreSQL", "ms")), baseline="")
    for name in ("ours", "ours and its worker"):
        orders.add("PostgreSQL", name, {"CPU per order": 3.0, "PostgreSQL": 1.0})
    columns = (Column("CPU per delivery", "ms"), Column("memory per idle subscriber", "KiB"))
    live = Results("live_delivery", "", columns, baseline="")
    live.add("5,000 identical subscribers", "ours", {columns[0].name: 0.01, columns[1].name: 12.0})
    return Findings([orders, live])


def test_a_business_needs_the_cores_that_its_orders_and_deliveries_take(measured):
    lines = list(machines(measured))

    assert "| a shop | 1 | 20 | 0.0042 | 0.23 | 2 | 16 |" in lines
    assert "| a marketplace | 50 | 2,000 | 1.2 | 23 | 2 | 16 |" in lines
    assert "| an importer: many orders, few screens | 200 | 50 | 0.90 | 0.59 | 2 | 16 |" in lines
    assert "| a trade fair: few orders, many screens | 5 | 20,000 | 1.0 | 234 | 2 | 16 |" in lines


def test_what_a_core_does_is_the_reverse_of_what_it_costs(measured):
    lines = list(per_core(measured))

    assert "| orders, with dispatcher and PostgreSQL | 250 |" in lines
    assert "| deliveries of one order to 5,000 dashboards | 100,000 |" in lines
    assert "| pages of 50 orders, with PostgreSQL | not measured |" in lines
