"""The embedded default's mail backend: a folder of mails for the browser instead of a mail server.

``index.html`` lists the mails; each is ``<Message-ID>.eml``, as it would have been sent, and ``<Message-ID>.html`` to
read. Several threads and processes may write.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, format_html

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@_+-]{0,150}", re.ASCII)


class OutboxBackend(BaseEmailBackend):
    """Writes mails into the folder ``EMAIL_FILE_PATH``, or ``file_path``. A repeat of a Message-ID overwrites."""

    def __init__(self, *args: Any, file_path: str | os.PathLike[str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail; how many were written."""
        for mail in email_messages:
            keep(mail, self.folder)
        return len(email_messages)


def keep(mail: EmailMessage, folder: Path) -> None:
    """Write one mail and list it, at a cost that does not grow with the number of mails.

    The ``.eml`` comes last: once it is there, the mail is complete and listed. A mail that a crash cut short is
    completed by its repeat, and listed once.
    """
    source = mail.message()
    name = file_name(source["Message-ID"])
    page, eml, index = (folder / f"{name}.html", folder / f"{name}.eml", folder / "index.html")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        is_new, was_begun = not eml.exists(), page.exists()
        replace(page, page_of(mail, source, name).encode())
        if is_new and not (was_begun and is_listed(index, name)):
            add_to_list(index, line_of(mail, name))
        replace(eml, source.as_bytes())


def file_name(message_id: str) -> str:
    """The Message-ID as a file's name without its ending; the hash of one that can't be a name."""
    text = message_id.strip().strip("<>")
    return text if SAFE_NAME.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only writer of the folder, among threads and among processes."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def replace(path: Path, content: bytes) -> None:
    """Write the file so that a reader sees the old or the new content, never half of it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def is_listed(index: Path, name: str) -> bool:
    """Whether the list has the mail; reads the list, so it is called only after a crash."""
    return index.exists() and f'href="{name}.html"' in index.read_text()


def add_to_list(index: Path, line: str) -> None:
    """Add a line to the list; one write, so that the file is whole between any two."""
    if not index.exists():
        replace(index, render_to_string("orders/outbox/index.html").encode())
    with index.open("ab", buffering=0) as listing:
        listing.write(line.encode())


def line_of(mail: EmailMessage, name: str) -> str:
    """The list's line for the mail.

    Text that a template rendered is "safe" to Django; here it is escaped like any other.
    """
    return format_html(
        '<li><time>{}</time><a href="{}.html">{}</a><span>{}</span></li>\n',
        now(),
        name,
        escape(mail.subject),
        escape(", ".join(mail.recipients())),
    )


def page_of(mail: EmailMessage, source: Message, name: str) -> str:
    """The page that shows the mail; its HTML is in a sandboxed frame."""
    alternatives = mail.alternatives if isinstance(mail, EmailMultiAlternatives) else []
    html = next((content for content, mimetype in alternatives if mimetype == "text/html"), "")
    context = {
        "mail": mail,
        "html": html,
        "name": name,
        "date": now(),
        "message_id": source["Message-ID"],
        "recipients": ", ".join(mail.recipients()),
    }
    return render_to_string("orders/outbox/mail.html", context)


def now() -> str:
    """The time of day as the pages show it."""
    return timezone.localtime().strftime("%Y-%m-%d %H:%M:%S %Z")
