"""Dashboards, rules and their runbook: each reads metrics that exist, and each alert is tested and explained."""

import json
import re
from pathlib import Path

import pytest
import yaml

import config.asgi  # noqa: F401 -- has all metrics of a web process
from events.metrics import process_metrics  # noqa: F401
from orders.integrity import bypass_gauge  # noqa: F401
from tests.deploy import promtool
from tests.deploy.files import DEPLOY, compose
from tests.deploy.monitoring import DASHBOARDS, RULE_TESTS, RULES, SCRAPERS, label_names, rules, used_in, wanted
from tests.environment import ROOT

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
MONITORING = (ROOT / "docs" / "monitoring.md").read_text()
ALERTS = [rule for rule in rules() if "alert" in rule]
POOL = {"database_pool_connections": frozenset({"database", "state"})}
"""Read from pools, which a process on SQLite does not have."""


def test_an_expression_is_read() -> None:
    found = used_in('histogram_quantile(0.99, sum by (le, a) (rate(x_bucket{b="c"}[5m]))) > on (d) 14.4 * y')

    assert {(one.name, one.family, one.labels) for one in found} == {
        ("x_bucket", "x", frozenset({"le", "a", "b", "d"})),
        ("y", "y", frozenset({"le", "a", "d"})),
    }


def test_each_metric_of_a_panel_or_rule_exists_with_these_labels() -> None:
    known = label_names() | POOL

    missing = [
        f"{place}: {used.name} {sorted(used.labels)}"
        for used, place in wanted().items()
        if used.family not in known or not used.labels - SCRAPERS <= known[used.family]
    ]

    assert missing == []


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_each_panel_says_what_it_shows_and_is_listed(path: Path) -> None:
    dashboard = json.loads(path.read_text())
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]

    assert len({*places}) == len(places)
    for panel in dashboard["panels"]:
        assert f"| {panel['title']} | {panel['description']} |" in MONITORING
        assert panel["datasource"]["uid"] == datasource()["uid"]


def datasource() -> dict[str, str]:
    """Grafana's one source of data."""
    [found] = yaml.safe_load((DEPLOY / "grafana" / "datasources" / "prometheus.yaml").read_text())["datasources"]
    return dict(found)


def test_grafana_finds_the_dashboards() -> None:
    [provider] = yaml.safe_load((DEPLOY / "grafana" / "providers" / "dashboards.yaml").read_text())["providers"]
    mounts = compose()["services"]["grafana"]["volumes"]

    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in mounts
    assert "./grafana/providers:/etc/grafana/provisioning/dashboards:ro" in mounts


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_has_a_section_of_the_runbook(alert: dict[str, dict[str, str]]) -> None:
    name = str(alert["alert"])
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)

    assert alert["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    assert section, f"docs/runbook.md has no section {name}"
    assert [word for word in ("**Means.**", "**Look.**", "**Do.**") if word not in section[1]] == []
    assert alert["labels"]["severity"] in {"page", "ticket"}


def test_the_runbook_explains_no_alert_that_is_gone() -> None:
    assert {*re.findall(r"^## ([A-Z]\w+)$", RUNBOOK, re.MULTILINE)} == {rule["alert"] for rule in ALERTS}


def test_the_runbook_tells_commands_for_services_and_deployments_that_there_are() -> None:
    services = re.findall(r"(?:compose exec|--since 15m|--scale) (\w+)[ =`]", RUNBOOK)
    deployments = re.findall(r" deploy/(\w+)[ `]|component=(\w+)", RUNBOOK)

    assert {*services} == {"web", "worker"}
    assert {name or labelled for name, labelled in deployments} == {"web", "worker"}
    assert {*services} <= {*compose()["services"]}
    for name in {*services}:
        manifest = (DEPLOY / "kubernetes" / "base" / f"{name}.yaml").read_text()
        assert f"labels: {{app.kubernetes.io/component: {name}}}" in manifest


def test_each_alert_is_tested_where_it_fires_and_where_it_does_not() -> None:
    cases = [
        case
        for path in RULE_TESTS
        for test in yaml.safe_load(path.read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    names = {rule["alert"] for rule in ALERTS}

    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_are_silent_as_they_have_to(path: Path) -> None:
    assert "SUCCESS" in promtool.run("test", "rules", path)


@pytest.mark.parametrize("name", ["prometheus.yml", "kubernetes.yml"])
def test_prometheus_accepts_its_configuration(name: str, tmp_path: Path) -> None:
    content = yaml.safe_load(RULES.with_name(name).read_text())
    for job in content["scrape_configs"]:
        if job.pop("kubernetes_sd_configs", None):  # Debian builds promtool without it.
            job["static_configs"] = [{"targets": ["127.0.0.1:9100"]}]
    (tmp_path / name).write_text(yaml.safe_dump(content))
    (tmp_path / RULES.name).write_text(RULES.read_text())

    assert "SUCCESS" in promtool.run("check", "config", tmp_path / name)


def test_the_document_says_where_each_threshold_comes_from() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", MONITORING.partition("## Metrics")[0], re.MULTILINE)
    waits = {name: threshold for name, threshold in rows if name[0].isupper()}

    assert {*waits} == {rule["alert"] for rule in ALERTS if not rule["alert"].startswith("ErrorBudget")}
    for alert in ALERTS:
        if (name := str(alert["alert"])) in waits and int(str(alert.get("for", "0m"))[:-1]) > 1:
            assert str(alert["for"]).replace("m", " min") in waits[name]


def test_objectives_are_those_of_the_document() -> None:
    objectives = {rule["labels"]["slo"]: rule["expr"] for rule in rules() if rule.get("record") == "slo:budget:ratio"}

    assert {*objectives} == {*re.findall(r"^\| `([a-z_]+)` \|", MONITORING.partition("## Metrics")[0], re.MULTILINE)}
