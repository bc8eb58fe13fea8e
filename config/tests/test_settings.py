"""What production settings refuse, what they read from files, and what Django's deployment check says of them."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
URL = "postgres://nouser@127.0.0.1:1/nothing"  # never connected to
GOOD = secrets.token_urlsafe(50)


def manage(*arguments: str, **env: str) -> tuple[int, str]:
    """Run a management command under these settings alone; its status and all of its output."""
    return python(str(ROOT / "manage.py"), *arguments, **env)


def python(*arguments: str, **env: str) -> tuple[int, str]:
    """Run Python in this environment alone; its status and all of its output."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, *arguments]
    ended = subprocess.run(command, env={**kept, **env}, cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def setting(name: str, **env: str) -> tuple[int, str]:
    """A setting's value as the process has it; the settings alone are loaded, which is quick."""
    return python("-c", f"from config import settings; print(settings.{name})", **env)


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
        ({"TLS_PROXY_HEADER": "X-Forwarded-Proto"}, "TLS_PROXY_HEADER is no setting any more"),
        ({"AUDIT_RETENTION_DAYS": "30"}, "AUDIT_RETENTION_DAYS must be more than EVENTS_RETENTION_DAYS"),
        ({"GC_THRESHOLD": "1,2,3,4"}, "GC_THRESHOLD has to be at most three whole numbers"),
        ({"ORDERS_DEMO": "1"}, "ORDERS_DEMO works only in the embedded default"),
        ({"SECRET_KEY_FILE": "/does/not/exist"}, "SECRET_KEY_FILE=/does/not/exist can't be read: No such file"),
    ],
)
def test_production_refuses_to_start(wrong: dict[str, str], sentence: str):
    status, said = manage("check", **production(**wrong))

    assert status == 1
    assert [line for line in said.splitlines() if line.startswith("  - ")] == [found := said.splitlines()[1]]
    assert sentence in found
    assert GOOD not in said


def test_secrets_come_from_files(tmp_path: Path):
    (tmp_path / "key").write_text(GOOD + "\n")
    (tmp_path / "url").write_text("postgres://them:secret@db.internal/shop\n")
    files = {"SECRET_KEY_FILE": str(tmp_path / "key"), "DATABASE_URL_FILE": str(tmp_path / "url")}

    assert setting("SECRET_KEY", **files, ALLOWED_HOSTS="shop.example") == (0, f"{GOOD}\n")
    assert setting("DATABASES['default']['PASSWORD']", **files, ALLOWED_HOSTS="shop.example") == (0, "secret\n")


def test_mails_go_into_the_folder_that_is_named(tmp_path: Path) -> None:
    both = "EMAIL_BACKEND, settings.EMAIL_FILE_PATH"
    filed = "django.core.mail.backends.filebased.EmailBackend"

    assert setting(both, EMAIL_URL="filemail:///var/mails") == (0, f"{filed} /var/mails\n")
    unnamed = {"EMAIL_URL": "filemail://", "ORDERS_DATA_DIR": str(tmp_path)}
    assert setting(both, **unnamed) == (0, f"{filed} {tmp_path}/outbox\n")
