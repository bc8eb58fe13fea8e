"""The files of ``deploy/``, read."""

import re
import shutil
import subprocess
from functools import cache
from typing import Any

import yaml

from tests.environment import ROOT

DEPLOY = ROOT / "deploy"
OURS = ("web", "worker", "dispatcher", "migrate")
"""The services that run our image."""
Content = dict[str, Any]


@cache
def compose() -> Content:
    """``compose.yaml``, its anchors resolved."""
    read: Content = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


@cache
def settings_known() -> set[str]:
    """The settings that ``.env.example`` lists."""
    return {*re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)}


def is_known(name: str) -> bool:
    """Whether this is a setting, or names the file of one."""
    return name in settings_known() or name.removesuffix("_FILE") in settings_known()


def kustomize() -> list[str]:
    """The program that builds an overlay, where there is one."""
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    return ["kustomize", "build"] if shutil.which("kustomize") else []


@cache
def manifests(overlay: str) -> list[Content]:
    """The manifests that ``kubectl apply -k`` would send for this overlay."""
    command = [*kustomize(), str(DEPLOY / "kubernetes" / "overlays" / overlay)]
    built = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return list(yaml.safe_load_all(built))


def plain_manifests() -> list[Content]:
    """The resources of the base, and those that overlays add, before they are put together."""
    folder = DEPLOY / "kubernetes"
    files = [path for path in folder.rglob("*.yaml") if path.name != "kustomization.yaml"]
    return [content for path in sorted(files) for content in yaml.safe_load_all(path.read_text())]
