"""``./dev new receiver NAME``: writes a queued receiver of new orders, its task, service, test and line in the docs.

The result runs and passes every check; what it does is one line in the service, to be replaced by the work.
"""

import keyword
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 40
NAME = re.compile(r"[a-z][a-z0-9_]*")

RECEIVER = '''"""The receiver that starts {name}."""

from django.dispatch import receiver

from events.models import Event
from events.receivers import delivery_id
from orders.event_types import order_created
from orders.tasks import {name}_async


@receiver(order_created, dispatch_uid="{name}", queued=True)
def trigger_{name}(sender: type[Event], *, event: Event, **kwargs: object) -> None:
    """Send the task; it claims the delivery, so a repeat does nothing."""
    {name}_async.delay(deliveries=[str(delivery_id(event.id, "{name}"))])
'''

TASK = '''

@shared_task
def {name}_async(*, deliveries: Sequence[str], **_: object) -> None:
    """Do {name} for the event of each delivery; a repeat, or one taken by another worker, does nothing."""
    run_deliveries(deliveries, {name}, resend={name}_async.delay)
'''

SERVICE = '''"""What is done for {name}."""

import structlog

from events.models import Event

log = structlog.get_logger(__name__)


def {name}(event: Event) -> None:
    """Log the order; may run again for the same event, so ``event.id`` has to make a repeat harmless."""
    log.info("{name}", order_id=str(event.order_id))
'''

TEST = '''"""The receiver ``{name}``: one delivery for each new order, done once."""

import pytest

from events.models import Delivery, Event
from orders.receivers.{name} import trigger_{name}
from tests.factories import place_order


@pytest.mark.django_db
@pytest.mark.receivers
def test_order_has_one_delivery_that_a_repeat_leaves_alone() -> None:
    order = place_order()
    event = Event.objects.get(order_id=order.id, type="order.created")
    trigger_{name}(Event, event=event)
    delivery = Delivery.objects.get(receiver="{name}", order_id=order.id)
    assert (delivery.status, delivery.attempts) == ("SUCCEEDED", 1)
'''

ROW = "| `{name}` | queued | `{name}_async` |\n"


class Refused(Exception):
    """The receiver can't be made; nothing was written."""


def new_files(root: Path, name: str) -> dict[Path, str]:
    """The files that are added, by path."""
    orders = root / "orders"
    return {
        orders / "receivers" / f"{name}.py": RECEIVER.format(name=name),
        orders / "processing" / f"{name}.py": SERVICE.format(name=name),
        orders / "tests" / "receivers" / f"test_{name}.py": TEST.format(name=name),
    }


def changed_files(root: Path, name: str) -> dict[Path, str]:
    """The files that get lines, with their new text."""
    tasks, signals, docs = root / "orders" / "tasks.py", root / "orders" / "signals.py", root / "docs" / "signals.md"
    steps = "from orders.processing.steps"
    return {
        tasks: inserted(tasks, f"from orders.processing.{name} import {name}\n", before=steps) + TASK.format(name=name),
        signals: registered(signals.read_text(), name),
        docs: inserted(docs, ROW.format(name=name), before="| `subscriptions` | live"),
    }


def inserted(path: Path, line: str, *, before: str) -> str:
    """The text of a file with a line before the first one that begins so.

    Raises:
        Refused: there is no such line.
    """
    text = path.read_text()
    place = f"\n{text}".find(f"\n{before}")
    if place < 0:
        raise Refused(f"{path.name} has no line that begins with {before!r}.")
    return text[:place] + line + text[place:]


def registered(text: str, name: str) -> str:
    """The module that imports every receiver, with one more."""
    imports = re.search(r"^from orders\.receivers import (.+)$", text, re.MULTILINE)
    exports = re.search(r"^__all__ = \[(.+)\]$", text, re.MULTILINE)
    if imports is None or exports is None:
        raise Refused("orders/signals.py imports no receivers in one line, or has no __all__.")
    names = sorted({*imports[1].split(", "), name})
    exported = sorted({*exports[1].split(", "), f'"{name}"'})
    text = text.replace(imports[0], f"from orders.receivers import {', '.join(names)}")
    return text.replace(exports[0], f"__all__ = [{', '.join(exported)}]")


def check_name(root: Path, name: str) -> None:
    """Refuse a name that can't be one, or is taken.

    Raises:
        Refused: why.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST:
        raise Refused(f"{name!r} is no name for a receiver: lower-case letters, digits and _, at most {LONGEST}.")
    uses = re.compile(rf'dispatch_uid="{name}"')
    if any(uses.search(path.read_text()) for path in (root / "orders" / "receivers").glob("*.py")):
        raise Refused(f"There is a receiver {name} already.")
    if taken := [path for path in new_files(root, name) if path.exists()]:
        raise Refused(f"{taken[0].relative_to(root)} exists already.")
    if re.search(rf"\b{name}(_async)?\b", (root / "orders" / "tasks.py").read_text()):
        raise Refused(f"orders/tasks.py has a {name} already.")


def write(root: Path, name: str) -> list[Path]:
    """Write everything, and return the files.

    Raises:
        Refused: the name is not right; nothing was written.
    """
    check_name(root, name)
    files = new_files(root, name) | changed_files(root, name)
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (root / "orders" / "tests" / "receivers" / "__init__.py").touch()
    code = [str(path) for path in files if path.suffix == ".py"]
    ruff = str(Path(sys.executable).with_name("ruff"))
    for arguments in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([ruff, *arguments, *code], cwd=root, check=True)  # noqa: S603  # our own linter on our own files
    return list(files)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write a receiver and say what was written; 0 if it was."""
    match arguments:
        case ["receiver", name]:
            try:
                files = write(root, name)
            except Refused as refusal:
                print(refusal, file=sys.stderr)  # noqa: T201  # it is for people
                return 1
        case _:
            print("Usage: ./dev new receiver NAME", file=sys.stderr)  # noqa: T201
            return 2
    for path in files:
        print(f"  {path.relative_to(root)}")  # noqa: T201
    print(f"Now replace the line in orders/processing/{name}.py by the work, and run:")  # noqa: T201
    print(f"  ./dev test orders/tests/receivers/test_{name}.py && ./dev check")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
