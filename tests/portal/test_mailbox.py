"""Mail of the demo goes through a real SMTP server into the mailbox that the page shows."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from django.core.mail import EmailMessage
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Receive mail as the demo does: aiosmtpd, any free port, a Maildir."""
    settings.DEMO = True
    settings.MAILBOX_DIR = tmp_path / "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    controller = Controller(
        Mailbox(settings.MAILBOX_DIR), hostname="127.0.0.1", port=settings.EMAIL_PORT
    )
    controller.start()
    yield
    controller.stop()


def test_a_mail_that_was_sent_is_on_the_page(client: Client, sink: None) -> None:
    EmailMessage("件名です", "本文です。\n<b>", "portal@localhost", ["you@localhost"]).send()
    page = client.get("/demo/mail/").content.decode()
    for words in ("件名です", "本文です。", "&lt;b&gt;", "portal@localhost", "you@localhost"):
        assert words in page


def test_before_any_mail_the_page_says_so(client: Client, sink: None) -> None:
    assert "まだ送られていません" in client.get("/demo/mail/").content.decode()


def test_outside_the_demo_there_is_no_such_page(client: Client, sink: None, settings: Any) -> None:
    settings.DEMO = False
    assert client.get("/demo/mail/").status_code == 404
