"""The manifests against the schemas of Kubernetes, and against our own rules."""

from typing import Any

import kubernetes_validate
import pytest

from events.metrics import metrics
from graphql_server.metrics import SOCKETS
from tests.deploy.dockerfile import shipped
from tests.deploy.files import Content, compose, is_known, kustomize, manifests, plain_manifests
from tests.runner.skips import NO_KUSTOMIZE

VERSION = "1.37"
AUTOSCALER = "HorizontalPodAutoscaler"
OVERLAYS = ("small", "large")
needs_kustomize = pytest.mark.skipif(not kustomize(), reason=NO_KUSTOMIZE)


def workloads(content: list[Content]) -> list[Content]:
    """The manifests that make pods."""
    return [one for one in content if one["kind"] in {"Deployment", "Job"}]


def container(workload: Content) -> dict[str, Any]:
    """The one container of its pods."""
    [found] = workload["spec"]["template"]["spec"]["containers"]
    return dict(found)


WORKLOADS = {one["metadata"]["name"]: one for one in workloads(plain_manifests())}


def test_each_manifest_is_what_kubernetes_accepts() -> None:
    for content in plain_manifests():
        kubernetes_validate.validate(content, VERSION, strict=True)


@needs_kustomize
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_overlay_can_be_built_and_is_accepted(overlay: str) -> None:
    built = manifests(overlay)

    for content in built:
        kubernetes_validate.validate(content, VERSION, strict=True)
    assert {one["metadata"]["name"] for one in workloads(built)} == {"web", "worker", "dispatcher", "migrate"}
    assert {one["metadata"].get("namespace") for one in built if one["kind"] != "Namespace"} == {"orders"}
    assert {container(one)["image"] for one in workloads(built)} == {"registry.example.com/orders:0.1.0"}


@needs_kustomize
def test_an_autoscaler_is_not_overruled_by_a_number_of_replicas() -> None:
    built = manifests("large")
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in built if one["kind"] == AUTOSCALER}

    assert scaled == {"web", "worker"}
    assert [one for one in workloads(built) if one["metadata"]["name"] in scaled and "replicas" in one["spec"]] == []


@needs_kustomize
def test_autoscalers_use_metrics_that_exist() -> None:
    used = [metric for one in manifests("large") if one["kind"] == AUTOSCALER for metric in one["spec"]["metrics"]]
    named = {metric[kind]["metric"]["name"] for metric in used for kind in ("pods", "external") if kind in metric}

    assert named == {family.name for gauge in (SOCKETS, metrics.DELIVERIES) for family in gauge.describe()}


@needs_kustomize
def test_settings_exist_and_their_files_are_mounted() -> None:
    [settings] = [one["data"] for one in manifests("small") if one["kind"] == "ConfigMap"]
    [secret, owner] = [one for one in plain_manifests() if one["kind"] == "Secret"]
    files = {value.rpartition("/")[2] for name, value in settings.items() if name.endswith("_FILE")}

    assert [name for name in settings if not is_known(name)] == []
    assert files == {*secret["stringData"]}
    assert {*owner["stringData"]} == {"database_owner_url"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_pod_can_write_nothing_and_gain_nothing(name: str) -> None:
    pod = WORKLOADS[name]["spec"]["template"]["spec"]
    user = int(shipped("USER")[0].text.partition(":")[0])

    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, user)
    assert pod["automountServiceAccountToken"] is False
    assert container(WORKLOADS[name])["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_pod_runs_what_compose_runs(name: str) -> None:
    assert container(WORKLOADS[name])["command"] == compose()["services"][name]["command"]


@pytest.mark.parametrize("name", [name for name in WORKLOADS if name != "migrate"])
def test_each_deployment_is_probed_and_survives_a_drain(name: str) -> None:
    budgets = [one for one in plain_manifests() if one["kind"] == "PodDisruptionBudget"]
    labels = WORKLOADS[name]["spec"]["template"]["metadata"]["labels"]

    assert {"startupProbe", "livenessProbe"} <= container(WORKLOADS[name]).keys()
    assert [one["spec"]["selector"]["matchLabels"] for one in budgets].count(labels) == 1
