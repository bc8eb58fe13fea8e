"""The folder of mails: complete, listed once, newest first, and at the same cost for the thousandth mail."""

import re
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail
from django.utils.safestring import mark_safe

from orders.mail import outbox_backend as outbox
from orders.mail.outbox_backend import OutboxBackend

HIDDEN = {".lock"}


def letter(
    message_id: str = "<1@shop.example>", subject: str = "Hello", body: str = "The text & more"
) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject,
        body,
        "shop@example.com",
        ["ada@example.com"],
        headers={"Message-ID": message_id},
    )
    mail.attach_alternative('<p title="x">The <b>HTML</b></p><script>alert(1)</script>', "text/html")
    return mail


def send(folder: Path, *mails: EmailMultiAlternatives) -> int:
    return OutboxBackend(file_path=folder).send_messages(mails)


def listed(folder: Path) -> list[str]:
    """The file names in the index, in the order of the file: oldest first."""
    return re.findall(r'<a href="([^"]+)\.html">', (folder / "index.html").read_text())


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - HIDDEN


def test_mail_is_kept_as_sent_and_as_a_page(tmp_path: Path) -> None:
    assert send(tmp_path, letter()) == 1
    assert files_of(tmp_path) == {"index.html", "1@shop.example.eml", "1@shop.example.html"}
    sent = message_from_bytes((tmp_path / "1@shop.example.eml").read_bytes(), policy=default)
    assert (sent["To"], sent["Subject"], sent["Message-ID"]) == ("ada@example.com", "Hello", "<1@shop.example>")
    text = sent.get_body(("plain",))
    assert text is not None
    assert text.get_content() == "The text & more"


def test_page_shows_text_escaped_and_html_in_a_sandboxed_frame(tmp_path: Path) -> None:
    send(tmp_path, letter(subject="<b>Hello</b>"))
    page = (tmp_path / "1@shop.example.html").read_text()
    assert "<h1>&lt;b&gt;Hello&lt;/b&gt;</h1>" in page
    assert "<pre>The text &amp; more</pre>" in page
    assert '<iframe sandbox title="The mail\'s HTML" srcdoc="&lt;p title=&quot;x&quot;&gt;The' in page
    assert "<script>" not in page


def test_html_rendered_by_a_template_is_escaped_too(tmp_path: Path) -> None:
    mail = letter(subject=mark_safe("<b>Hello</b>"), body=mark_safe("<i>text</i>"))
    mail.alternatives.clear()
    mail.attach_alternative(mark_safe('<p title="x">HTML</p>'), "text/html")
    send(tmp_path, mail)
    page = (tmp_path / "1@shop.example.html").read_text()
    assert "<h1>&lt;b&gt;Hello&lt;/b&gt;</h1>" in page
    assert "<pre>&lt;i&gt;text&lt;/i&gt;</pre>" in page
    assert 'srcdoc="&lt;p title=&quot;x&quot;&gt;HTML&lt;/p&gt;"' in page
    assert "&lt;b&gt;Hello&lt;/b&gt;</a>" in (tmp_path / "index.html").read_text()


def test_repeat_overwrites_and_is_listed_once(tmp_path: Path) -> None:
    send(tmp_path, letter(subject="First"))
    send(tmp_path, letter(subject="Second"))
    assert listed(tmp_path) == ["1@shop.example"]
    assert len(files_of(tmp_path)) == 3
    assert b"Subject: Second" in (tmp_path / "1@shop.example.eml").read_bytes()


def test_newest_is_shown_first(tmp_path: Path) -> None:
    send(tmp_path, letter("<1@x>"), letter("<2@x>"), letter("<3@x>"))
    assert listed(tmp_path) == ["1@x", "2@x", "3@x"]
    assert "flex-direction: column-reverse" in (tmp_path / "index.html").read_text()


def test_list_escapes_subject_and_address(tmp_path: Path) -> None:
    mail = letter(subject="<script>")
    mail.to = ["<i>@example.com"]
    send(tmp_path, mail)
    line = (tmp_path / "index.html").read_text().splitlines()[-1]
    assert line.endswith("&lt;script&gt;</a><span>&lt;i&gt;@example.com</span></li>")


@pytest.mark.parametrize("message_id", ["<../../etc/passwd@x>", "<.hidden@x>", "<a/b@x>", f"<{'a' * 200}@x>", "<>"])
def test_message_id_that_is_no_file_name_is_hashed(message_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    send(folder, letter(message_id))
    (name,) = listed(folder)
    assert re.fullmatch("[0-9a-f]{64}", name)
    assert files_of(folder) == {"index.html", f"{name}.eml", f"{name}.html"}
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]


def test_threads_neither_lose_nor_double_mails(tmp_path: Path) -> None:
    names = [f"{number}@x" for number in range(120)]
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda name: send(tmp_path, letter(f"<{name}>")), names + names)) == 240
    assert sorted(listed(tmp_path)) == sorted(names)
    assert len(files_of(tmp_path)) == 241
    assert (tmp_path / "index.html").read_text().count("<ol>") == 1


def test_adding_to_the_list_does_not_read_or_rewrite_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(tmp_path, letter("<1@x>"))
    before = (tmp_path / "index.html").read_text(), (tmp_path / "index.html").stat().st_ino
    monkeypatch.setattr(outbox, "is_listed", lambda *_: pytest.fail("The list was read."))
    send(tmp_path, letter("<2@x>"))
    after = (tmp_path / "index.html").read_text(), (tmp_path / "index.html").stat().st_ino
    assert after[1] == before[1]
    assert after[0].removeprefix(before[0]).count("\n") == 1


@pytest.mark.parametrize("unwritten", ["1@shop.example.html", "index.html", "list", "1@shop.example.eml"])
def test_mail_cut_short_by_a_crash_is_completed_and_listed_once_by_its_repeat(
    unwritten: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, add = outbox.replace, outbox.add_to_list

    def replace_or_die(path: Path, content: bytes) -> None:
        if path.name == unwritten:
            raise KeyboardInterrupt
        write(path, content)

    def add_or_die(index: Path, entry: str) -> None:
        if unwritten == "list":
            raise KeyboardInterrupt
        add(index, entry)

    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr(outbox, "replace", replace_or_die)
        crash.setattr(outbox, "add_to_list", add_or_die)
        send(tmp_path, letter())
    assert "1@shop.example.eml" not in files_of(tmp_path)
    send(tmp_path, letter())
    assert listed(tmp_path) == ["1@shop.example"]
    assert files_of(tmp_path) == {"index.html", "1@shop.example.eml", "1@shop.example.html"}


def test_plain_mail_of_django_is_kept_in_the_same_folder(tmp_path: Path, settings: Any) -> None:
    settings.EMAIL_FILE_PATH = tmp_path
    connection = get_connection("orders.mail.outbox_backend.OutboxBackend")
    assert send_mail("Reset", "Your link", None, ["ada@example.com"], connection=connection) == 1
    (name,) = listed(tmp_path)
    assert "iframe title" not in (tmp_path / f"{name}.html").read_text()
    assert len(files_of(tmp_path)) == 3
