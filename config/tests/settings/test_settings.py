"""Production settings: what they refuse, what they read from files, and the result of Django's deployment check."""

import os
import runpy
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from config.environment import BadEnvironment

ROOT = Path(__file__).resolve().parents[3]
URL = "postgres://nouser@127.0.0.1:1/nothing"  # never connected to
GOOD = secrets.token_urlsafe(50)


def manage(*arguments: str, **env: str) -> tuple[int, str]:
    """Run a management command under these settings alone; its status and all of its output."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    ended = subprocess.run(command, env=alone(env), cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def settings(**env: str) -> dict[str, Any]:
    """The settings as a process has them in this environment alone. They are run again, in this process.

    Raises:
        BadEnvironment: the settings refuse the environment. It ends every command (test_environment).
    """
    with mock.patch.dict(os.environ, alone(env), clear=True):
        return runpy.run_path(str(ROOT / "config" / "settings.py"))


def alone(env: dict[str, str]) -> dict[str, str]:
    """This environment, and what every process needs."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | env


def production(**more: str) -> dict[str, str]:
    """An environment to run in production by, all else being well."""
    return {"DATABASE_URL": URL, "SECRET_KEY": GOOD, "ALLOWED_HOSTS": "shop.example"} | more


def test_production_settings_pass_the_deployment_check():
    status, said = manage("check", "--deploy", "--fail-level", "WARNING", **production())

    assert (status, said.splitlines()[0]) == (0, "System check identified no issues (3 silenced).")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is needed beside DATABASE_URL"),
        ({"SECRET_KEY": "django-insecure-" + GOOD}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "changeme" * 10}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY can be guessed"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is needed beside DATABASE_URL"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS=* accepts any name"),
        ({"DJANGO_DEBUG": "1"}, "DJANGO_DEBUG shows clients the settings"),
        ({"TLS_PROXY_HEADER": "X-Forwarded-Proto"}, "TLS_PROXY_HEADER is no setting any more"),
        ({"AUDIT_RETENTION_DAYS": "30"}, "AUDIT_RETENTION_DAYS must be more than EVENTS_RETENTION_DAYS"),
        ({"GC_THRESHOLD": "1,2,3,4"}, "GC_THRESHOLD has to be at most three whole numbers"),
        ({"CORS_ORIGINS": "*,https://a.example"}, "CORS_ORIGINS: * means all origins"),
        ({"CORS_ORIGINS": "a.example"}, "CORS_ORIGINS has to be origins such as"),
        ({"ORDERS_DEMO": "1"}, "ORDERS_DEMO works only in the embedded default"),
        ({"SECRET_KEY_FILE": "/does/not/exist"}, "SECRET_KEY_FILE=/does/not/exist can't be read: No such file"),
    ],
)
def test_production_refuses_to_start(wrong: dict[str, str], sentence: str):
    with pytest.raises(BadEnvironment) as refused:
        settings(**production(**wrong))

    said = str(refused.value)
    assert [line for line in said.splitlines() if line.startswith("  - ")] == [found := said.splitlines()[1]]
    assert sentence in found
    assert GOOD not in said


def test_listed_origins_are_trusted():
    found = settings(CORS_ORIGINS="http://localhost:5173", CSRF_TRUSTED_ORIGINS="https://b")

    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://b", "http://localhost:5173"]


def test_secrets_come_from_files(tmp_path: Path):
    (tmp_path / "key").write_text(GOOD + "\n")
    (tmp_path / "url").write_text("postgres://them:secret@db.internal/shop\n")
    files = {"SECRET_KEY_FILE": str(tmp_path / "key"), "DATABASE_URL_FILE": str(tmp_path / "url")}

    found = settings(**files, ALLOWED_HOSTS="shop.example")

    assert (found["SECRET_KEY"], found["DATABASES"]["default"]["PASSWORD"]) == (GOOD, "secret")


def test_mails_go_into_the_folder_that_is_named(tmp_path: Path) -> None:
    def folder(**env: str) -> tuple[str, str]:
        found = settings(ORDERS_DATA_DIR=str(tmp_path), **env)
        return found["EMAIL_BACKEND"], str(found["EMAIL_FILE_PATH"])

    filed = "django.core.mail.backends.filebased.EmailBackend"
    assert folder(EMAIL_URL="filemail:///var/mails") == (filed, "/var/mails")
    assert folder(EMAIL_URL="filemail://") == (filed, f"{tmp_path}/outbox")
