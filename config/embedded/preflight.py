"""The conditions for a start of the embedded default; a refusal is a sentence that says what to do."""

import fcntl
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import IO

from django.conf import settings

from tenants.auth.proxies import is_loopback

LOCK = "up.lock"
DATABASE_FILES = ("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "db.sqlite3-journal")
FOLDERS = ("outbox", "media")

PRODUCTION = """\
./dev up is the embedded default, and DATABASE_URL asks for production, which runs these, as many of each as needed:
  web         python manage.py serve
  worker      celery -A config worker
  dispatcher  python manage.py dispatcher
Unset DATABASE_URL to run the embedded default."""


class CannotStart(Exception):
    """The embedded default cannot start like this; the message says what to do."""


def refuse_production() -> None:
    """The embedded default is for one machine without servers.

    Raises:
        CannotStart: ``DATABASE_URL`` is set.
    """
    if not settings.EMBEDDED:
        raise CannotStart(PRODUCTION)


def refuse_open_demo(host: str) -> None:
    """The open demo tenant is for this machine only.

    Raises:
        CannotStart: others could reach ``host`` while requests without credentials act for the demo tenant.
    """
    if settings.ORDERS_DEMO and not is_loopback(host):
        raise CannotStart(
            f"--host {host} can be reached from other machines, and here requests without credentials act for the demo "
            "tenant. Close the demo first: set ORDERS_DEMO=0."
        )


def own_data_dir() -> IO[str]:
    """Make the data folder and hold it for this process until the file returned is closed.

    Raises:
        CannotStart: the folder can't be written, or another process holds it.
    """
    folder = settings.DATA_DIR
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            held = (folder / LOCK).open("a+")
    except OSError as error:
        raise CannotStart(
            f"Cannot write to the data folder {folder} ({error.strerror}). Make it writable, "
            "or name another: ORDERS_DATA_DIR=/some/folder ./dev up"
        ) from error
    return hold(held)


def hold(held: IO[str]) -> IO[str]:
    """Lock the open file for this process and write the process's number into it."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        owner = held.read().strip() or "unknown"
        held.close()
        raise CannotStart(
            f"Already running on {settings.DATA_DIR} (process {owner}). Use that one, end it, "
            "or name another folder: ORDERS_DATA_DIR=/some/folder ./dev up"
        ) from error
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held


def free_address(host: str, port: int) -> str:
    """The numeric address of ``host``, on which ``port`` is free; Daphne would end with status 0 on a taken one.

    Raises:
        CannotStart: the port is taken, or the address is not this machine's.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = min(found, key=lambda one: one[0] == socket.AF_INET6)
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise cannot_serve(host, port, error.strerror or str(error)) from error
    return str(address[0])


def cannot_serve(host: str, port: int, reason: str) -> CannotStart:
    """The refusal of an address, with another to try."""
    other = port + 1 if 1024 < port < 65535 else 8001
    return CannotStart(f"Cannot serve at {host}, port {port}: {reason}. Try another port: ./dev up --port {other}")


def reset(folder: Path) -> list[str]:
    """Delete the embedded default's data in ``folder``, and nothing else; return the names of deleted files.

    The secret key is deleted with the data, so earlier cursors and sessions are invalid afterwards.
    """
    gone = []
    for name in (*DATABASE_FILES, "secret_key"):
        if (folder / name).is_file():
            (folder / name).unlink()
            gone.append(name)
    for name in FOLDERS:
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            shutil.rmtree(folder / name)
            gone.append(name)
    return gone
