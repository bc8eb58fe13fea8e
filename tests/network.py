"""Keep tests on this machine: Python code that looks up or connects to another host is refused."""

import ipaddress
import sys
from collections.abc import Iterable

WATCHED = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}


class OutsideRefused(RuntimeError):
    """A test tried to reach another host; use a server on loopback, or a fake at the edge."""


class OutsideWorld:
    """Everything but loopback, local sockets and the hosts that were allowed."""

    def __init__(self, allowed_hosts: Iterable[str] = ()) -> None:
        self.allowed_hosts = {"localhost", "", *allowed_hosts}
        self.attempts: list[str] = []
        self.forbidden = False
        self.watching = False

    def forbid(self) -> None:
        """Refuse other hosts from now on.

        Python can't remove an audit hook, so it stays and ``allow`` makes it ignore hosts.
        """
        self.forbidden = True
        if not self.watching:
            sys.addaudithook(self._on_event)
            self.watching = True

    def allow(self) -> None:
        self.forbidden = False

    def _on_event(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.forbidden or event not in WATCHED:
            return
        host = named_host(event, arguments)
        if host is not None and not self.is_allowed(host):
            self.attempts.append(host)
            raise OutsideRefused(f"{event} to {host}: tests stay on loopback")

    def is_allowed(self, host: str) -> bool:
        """Whether a test may connect to this host."""
        if host in self.allowed_hosts:
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def named_host(event: str, arguments: tuple[object, ...]) -> str | None:
    """The host that an audited call is about; None for a local socket or a call without a host."""
    target = arguments[1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
    if isinstance(target, tuple):
        target = target[0]
    elif event in {"socket.connect", "socket.sendto"}:
        return None
    if isinstance(target, bytes):
        return target.decode(errors="replace")
    return target if isinstance(target, str) else None
