"""The metrics that dashboards and rules read, and those that our processes have."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import yaml
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.files import DEPLOY

DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULES = DEPLOY / "prometheus" / "rules.yml"
RULE_TESTS = sorted((DEPLOY / "prometheus").glob("*_test.yml"))
SCRAPERS = frozenset({"job", "instance", "process"})
"""The labels that Prometheus adds to each sample of ours."""
FUNCTIONS = frozenset(
    {"histogram_quantile", "increase", "rate", "vector", "absent", "sum", "max", "by", "on", "group_left", "and", "or"}
)
SUFFIXES = ("_total", "_bucket", "_count", "_sum")
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SELECTOR = re.compile(rf"({NAME.pattern})(?:\{{([^}}]*)\}})?")
GROUPED = re.compile(r"\b(?:by|on) \(([^)]*)\)")


class Used(NamedTuple):
    """A metric that an expression reads, with the labels that it names for it."""

    name: str
    labels: frozenset[str]

    @property
    def family(self) -> str:
        """The name under which it is exposed: without the suffix of one of its samples."""
        return next((self.name.removesuffix(suffix) for suffix in SUFFIXES if self.name.endswith(suffix)), self.name)


def used_in(expression: str) -> set[Used]:
    """The metrics of an expression, each with its own matchers and with all labels that the expression groups by."""
    grouped = {label.strip() for labels in GROUPED.findall(expression) for label in labels.split(",")}
    bare = re.sub(r"\[[^]]*\]", "", GROUPED.sub("", expression))
    found: set[Used] = set()
    for name, matchers in SELECTOR.findall(re.sub(r"\b\d[\w.]*", "", bare)):
        if name not in FUNCTIONS:
            found.add(Used(name, frozenset({*re.findall(r"(\w+)=", matchers), *grouped})))
    return found


@cache
def rules() -> list[dict[str, Any]]:
    """All rules, recording and alerting."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """The expressions of all panels and rules, with where they are."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            yield from ((f"{path.stem}: {panel['title']}", target["expr"]) for target in panel["targets"])
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]


def is_ours(used: Used) -> bool:
    """Whether our processes have to expose it: not Prometheus's own ``up``, and not what a rule records."""
    return used.name != "up" and used.name not in {rule.get("record") for rule in rules()}


def wanted() -> dict[Used, str]:
    """The metrics that our processes have to expose, with a place that uses each."""
    return {used: place for place, expression in expressions() for used in used_in(expression) if is_ours(used)}


def label_names() -> dict[str, frozenset[str]]:
    """The labels of each metric of this process's registry, by the name of the family."""
    known: dict[str, frozenset[str]] = {}
    for family in REGISTRY.collect():
        seen = {label for sample in family.samples for label in sample.labels}
        declared = getattr(REGISTRY._names_to_collectors.get(family.name), "_labelnames", ())
        is_histogram = {"le"} if family.type == "histogram" else set()
        known[family.name] = frozenset({*seen, *declared, *is_histogram})
    return known


def families(text: str) -> dict[str, frozenset[str]]:
    """The metrics of a scrape, with the labels of their samples."""
    return {
        family.name: frozenset(label for sample in family.samples for label in sample.labels)
        for family in text_string_to_metric_families(text)
    }
