"""nginx with the settings that we ship (deploy/nginx/), in front of a web process of the tests."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.environment import ROOT
from tests.servers.debian import program
from tests.servers.processes import Process, free_port, listens
from tests.servers.tls import certificate_of

SHIPPED = ROOT / "deploy" / "nginx" / "orders.conf"
PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
MAIN = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
{temporary}
{shipped}
}}
"""


class Behind(NamedTuple):
    """A web process behind nginx: its address there, and nginx's log."""

    address: str
    log: Path


def settings(folder: Path, port: int, plain_port: int, web_port: int) -> str:
    """The shipped settings with these ports and a certificate of our own. Debian's nginx knows an older HTTP/2."""
    key, certificate = certificate_of("127.0.0.1", folder)
    ours = SHIPPED.read_text().partition("# For the operator")[0]
    for shipped, here in {
        "listen 8080;": f"listen 127.0.0.1:{plain_port};",
        "listen 8443 ssl;\n    http2 on;": f"listen 127.0.0.1:{port} ssl http2;",
        "/run/secrets/tls.crt": str(certificate),
        "/run/secrets/tls.key": str(key),
        "web:8000": f"127.0.0.1:{web_port}",
    }.items():
        assert shipped in ours, shipped
        ours = ours.replace(shipped, here)
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in PATHS)
    return MAIN.format(folder=folder, temporary=temporary, shipped=re.sub(r"^ *resolver .*\n", "", ours, flags=re.M))


@contextmanager
def nginx(web_port: int) -> Iterator[Behind]:
    """The web process at this port through nginx, over TLS.

    Raises:
        NoServer: there is no nginx.
    """
    folder, port = Path(tempfile.mkdtemp(prefix="orders-nginx-")), free_port()
    try:
        path, env = program("nginx", ("nginx",), folder)
        (folder / "nginx.conf").write_text(settings(folder, port, free_port(), web_port))
        command: list[str | Path] = [path, "-p", folder, "-c", folder / "nginx.conf"]
        process = Process("nginx", command, directory=folder, env={**os.environ, **env})
        process.start()
        process.wait_until_ready(lambda: listens(port))
        try:
            yield Behind(f"https://127.0.0.1:{port}", process.log)
        finally:
            process.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
