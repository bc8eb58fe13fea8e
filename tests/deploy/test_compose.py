"""``deploy/compose.yaml`` against the compose specification, and against our own rules."""

import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from check_jsonschema.builtin_schemas import get_builtin_schema

from config.environment import Environment
from tests.deploy.dockerfile import environment
from tests.deploy.files import DEPLOY, OURS, compose, is_known
from tests.environment import ROOT

PYTHONS = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
SERVICES: dict[str, dict[str, Any]] = compose()["services"]


def test_it_follows_the_compose_specification() -> None:
    jsonschema.Draft202012Validator(get_builtin_schema("vendor.compose-spec")).validate(compose())


def test_it_has_the_whole_system() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {
        *("proxy", "web", "worker", "dispatcher", "migrate", "postgres", "pgbouncer", "redis", "rabbitmq")
    }
    assert [SERVICES[name]["deploy"]["replicas"] for name in ("web", "dispatcher")] == [2, 2]


def test_only_the_proxy_has_published_ports() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_pinned_restarted_and_watched(name: str) -> None:
    service = SERVICES[name]

    assert name in OURS or re.search(r":v?\d+\.\d+\.\d+|:\d+\.\d+-bookworm$", service["image"]), service["image"]
    assert service["restart"] in {"unless-stopped", "on-failure"}
    assert name in OURS or "healthcheck" in service  # our image brings its own


@pytest.mark.parametrize("name", OURS)
def test_our_services_can_write_nothing_and_gain_nothing(name: str) -> None:
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_have_settings_that_exist_and_secrets_by_file(name: str) -> None:
    service = SERVICES[name]
    files = {
        value.removeprefix("/run/secrets/") for key, value in service["environment"].items() if key.endswith("_FILE")
    }

    assert [key for key in [*service["environment"], *environment()] if not is_known(key) and key not in PYTHONS] == []
    assert {*service["secrets"]} == files
    assert [key for key in service["environment"] if re.search("SECRET|DATABASE_URL|_OWNER_URL|REDIS|BROKER", key)] == [
        key for key in service["environment"] if key.endswith("_FILE")
    ]


def test_secrets_fit_each_other_and_the_settings(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", folder, "shop.example"], check=True)
    files = {path.name: path.read_text().strip() for path in folder.iterdir()}

    assert {*compose()["secrets"]} == {*files}
    env = Environment({f"{name.upper()}_FILE": str(folder / name) for name in ("database_url", "database_owner_url")})
    app, owner = (env.db_url(name, engine="e") for name in ("DATABASE_URL", "DATABASE_OWNER_URL"))
    assert (app["PASSWORD"], owner["PASSWORD"]) == (files["app_password"], files["owner_password"])
    assert files["userlist.txt"] == f'"{app["USER"]}" "{app["PASSWORD"]}"'
    assert f":{files['redis.conf'].split()[1]}@" in files["redis_url"]
    assert f":{files['rabbitmq.conf'].rpartition(' = ')[2]}@" in files["broker_url"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_secrets_in_use_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()

    ended = subprocess.run(["sh", DEPLOY / "make-secrets.sh", tmp_path / "mine"], capture_output=True, check=False)

    assert ended.returncode != 0
    assert [*(tmp_path / "mine").iterdir()] == []


def test_every_mounted_file_is_there() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]

    assert [mount for mount in mounts if mount.startswith(".") and not (DEPLOY / mount).exists()] == []
    assert {mount for mount in mounts if not mount.startswith(".")} == {*compose()["volumes"]}


def test_proxy_trusts_are_the_network_of_the_containers() -> None:
    [network] = compose()["networks"]["back"]["ipam"]["config"]

    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == network["subnet"]


def statements(text: str) -> set[str]:
    """The SQL that makes roles and databases, without passwords."""
    found = re.findall(r"^(?:CREATE|GRANT) [^;]*;", text, re.MULTILINE)
    return {" ".join(re.sub(r" PASSWORD (?:'…'|:'\w+')", "", one).split()) for one in found}


def test_the_logins_are_those_of_the_documentation() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text().partition("```sql")[2].partition("```")[0]

    assert statements((DEPLOY / "postgres" / "logins.sh").read_text()) == statements(documented) != set()
