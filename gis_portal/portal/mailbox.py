"""The demo's mailbox: what the portal sent, on a page, so that a newcomer sees mail arrive."""

import mailbox
from email.header import decode_header, make_header
from email.message import Message

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

NEWEST = 100


@require_safe
def sent_mail(request: HttpRequest) -> HttpResponse:
    """Show the newest mails that the demo's mail sink received. Exists only in the demo."""
    if not settings.DEMO:
        raise Http404
    received = []
    if settings.MAILBOX_DIR.is_dir():
        box = mailbox.Maildir(settings.MAILBOX_DIR, create=False)
        received = sorted(box.values(), key=lambda mail: mail.get_date(), reverse=True)
    return render(
        request, "portal/mailbox.html", {"messages": [_summary(m) for m in received[:NEWEST]]}
    )


def _summary(mail: Message) -> dict[str, str]:
    def header(name: str) -> str:
        return str(make_header(decode_header(mail.get(name, ""))))

    body = ""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                body = content.decode(part.get_content_charset() or "utf-8", "replace")
            break
    return {
        "date": header("Date"),
        "sender": header("From"),
        "recipients": header("To"),
        "subject": header("Subject"),
        "body": body,
    }
