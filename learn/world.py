"""What is outside the database: a mail server, a broker, and the paper on which this run is noted.

All of it is kept in files of the run's folder. So a rollback cannot take a mail back, and a killed process leaves what
it has done. The mail server can be slow or down.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class MailServerDown(ConnectionError):
    """The mail server does not answer."""


@dataclass
class World:
    """The outside world of one run."""

    folder: Path = field(default_factory=Path)
    mail_is_down: bool = False
    mail_seconds: float = 0.0
    """How long the mail server takes for one mail."""

    def write(self, name: str, line: Any) -> None:
        """Append a line to a file."""
        with (self.folder / name).open("a") as file:
            file.write(json.dumps(line) + "\n")

    def read(self, name: str) -> list[Any]:
        """The lines of a file."""
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def clear(self, name: str) -> None:
        """Remove a file."""
        (self.folder / name).unlink(missing_ok=True)


here = World()


def note(step: str) -> None:
    """Note a step on this run's timeline."""
    here.write("timeline", step)


def send_mail(order_id: int, about: str, key: str = "") -> None:
    """Mail the customer about an order. The mail server keeps one mail of each ``key``.

    Raises:
        MailServerDown: it does not answer.
    """
    if here.mail_is_down:
        note(f"mail about order {order_id} ({about}): the mail server is down")
        raise MailServerDown("The mail server does not answer.")
    time.sleep(here.mail_seconds)
    if key and any(mail["key"] == key for mail in here.read("mails")):
        note(f"mail about order {order_id} ({about}): known, not sent again")
        return
    note(f"mail about order {order_id} ({about})")
    here.write("mails", {"order": order_id, "about": about, "key": key})


def send_message(task: str, order_id: int) -> None:
    """Send a message to the broker, which keeps it in memory: a restart of the broker loses it."""
    note(f"message: {task} order {order_id}")
    here.write("messages", {"task": task, "order": order_id})


def receive_messages(tasks: dict[str, Callable[[int], None]]) -> None:
    """Work as a worker does: run the task of each message."""
    messages = here.read("messages")
    here.clear("messages")
    for message in messages:
        tasks[message["task"]](message["order"])


def lose_messages() -> None:
    """Restart the broker: what was in its memory is gone."""
    if here.read("messages"):
        note("the broker restarts: its messages are lost")
    here.clear("messages")


def do_job(order_id: int) -> None:
    """The slow work about an order that the handbook gives to Celery."""
    note(f"job of order {order_id}")
    here.write("jobs", order_id)
