"""The embedded server of published files: a layer of WSGI outside Django, without any middleware.

It answers what nginx answers in front of a large site (deploy/nginx.conf), with the same headers.
What is read often stays in memory, whole, with its headers. (docs/publishing.md, ADR 17)
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from layers.publish import answers, tree
from layers.publish.addresses import (
    CURRENT,
    IMMUTABLE,
    NOTHING_HERE,
    Addresses,
    cache_control,
    page_headers,
)
from layers.publish.answers import Answer, Headers, OpenFile, Pieces
from layers.publish.media_types import media_type

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

KEPT_BYTES = 64 << 20
"""How much each process keeps in memory, all files together."""
LOOKED_AT_AGAIN = 10.0
"""Seconds for which a file with a digest in its address is sent without looking whether it is still
there: it never changes, but a layer that becomes staff's own leaves the public tree."""
LARGE_AT_ONCE = 8
"""How many large files each process sends at a time. Each keeps a thread as long as its reader
takes, and the Procfile gives a process twelve: some are left for everybody else."""
FOR_ALL = [
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Content-Range, ETag"),
]
"""Open data: the pages of others may read it, too."""
PREFLIGHT = [
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "Range, If-Range, If-Match, If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
]
_CONDITIONAL = frozenset(answers.CONDITIONAL)


class Kept:
    """Files in memory. Two generations: what nobody asked for during one of them is dropped."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        """Take how many bytes to keep at most."""
        self._each = most // 2
        self._young: dict[Any, tuple[float, str, Any, Headers, list[bytes]]] = {}
        self._old: dict[Any, tuple[float, str, Any, Headers, list[bytes]]] = {}
        self._size = 0

    def get(self, key: Any) -> tuple[Headers, list[bytes]] | None:
        """Return headers and body; None where the file is not kept or has changed."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
        elif found[0] > time.monotonic():
            return found[3], found[4]
        until, path, stamp, headers, body = found
        if answers.stamp_of(path) != stamp:
            self._young.pop(key, None)
            self._old.pop(key, None)
            return None
        self.put(key, path, stamp, headers, body, for_ever=until > 0)
        return headers, body

    def put(
        self,
        key: Any,
        path: str,
        stamp: Any,
        headers: Headers,
        body: list[bytes],
        *,
        for_ever: bool,
    ) -> None:
        """Keep a file that is to be looked at again soon, or each time (not ``for_ever``)."""
        if key not in self._young:
            self._size += len(body[0]) + 1000  # with its headers
        if self._size > self._each:
            self._old, self._young, self._size = self._young, {}, len(body[0]) + 1000
        until = time.monotonic() + LOOKED_AT_AGAIN if for_ever else 0.0
        self._young[key] = until, path, stamp, headers, body


class Published:
    """WSGI: published files and static files; the application answers everything else."""

    def __init__(self, application: Application) -> None:
        """Take the application (Django)."""
        self.application = application
        self._addresses = Addresses()
        self._files = (tree.PREFIX, settings.STATIC_URL)
        self._kept = Kept()
        self._large = threading.BoundedSemaphore(LARGE_AT_ONCE)
        cookie = re.escape(settings.SESSION_COOKIE_NAME)
        self._session = re.compile(rf"(?:^|;)\s*{cookie}\s*=\s*[^;\s]")
        self._page_headers = [*page_headers(), ("Cache-Control", CURRENT)]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        path = environ["PATH_INFO"]
        if path.startswith(self._files):
            key = path, answers.accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))
            kept = self._kept.get(key)
            if kept is None or not _plain(environ):
                return self._file(key, environ, start_response)
            start_response("200 OK", kept[0].copy())
            return kept[1]
        page, language = self._addresses.page(path) if path.endswith("/") else ("", "")
        if not page or environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not _https(environ):
            return self.application(environ, start_response)
        if not environ.get("QUERY_STRING") and not self._session.search(
            environ.get("HTTP_COOKIE", "")
        ):
            sent = self._page(page, language, environ, start_response)
            if sent is not None:
                return sent
        return self._or_snapshot(page, language, environ, start_response)

    def _file(self, key: Any, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what lies under ``/baked/`` or ``/static/``, or say that nothing does."""
        address, codings = key
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return _send(Answer(204, [*FOR_ALL, *PREFLIGHT], []), start_response)
        if method not in ("GET", "HEAD"):
            refused = [("Allow", "GET, HEAD"), ("Content-Length", "0")]
            return _send(Answer(405, refused, []), start_response)
        path = self._addresses.file(address)
        file = answers.opened(path, codings) if path else None
        if file is None:
            return _send(_nothing(method), start_response)
        control = cache_control(address)
        headers = [
            ("Content-Type", media_type(address)),
            ("Cache-Control", control),
            *FOR_ALL,
        ]
        if file.varies:
            headers.append(("Vary", "Accept-Encoding"))
        return self._keep(
            key, file, environ, headers, start_response, for_ever=control == IMMUTABLE
        )

    def _page(
        self, path: str, language: str, environ: Environ, start_response: StartResponse,
        *more: tuple[str, str],
    ) -> Iterable[bytes] | None:  # fmt: skip
        """Answer a page from its file; None where it has none."""
        codings = answers.accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))
        key = path, codings, more
        if (kept := self._kept.get(key)) and _plain(environ):
            start_response("200 OK", kept[0].copy())
            return kept[1]
        file = answers.opened(path, codings)
        if file is None:
            return None
        headers = [
            ("Content-Type", media_type(path)),
            ("Content-Language", language),
            *self._page_headers,
            ("Vary", "Accept-Encoding, Cookie" if file.varies else "Cookie"),
            *more,
        ]
        return self._keep(key, file, environ, headers, start_response, for_ever=False)

    def _keep(
        self, key: Any, file: OpenFile, environ: Environ, headers: Headers,
        start_response: StartResponse, *, for_ever: bool,
    ) -> Iterable[bytes]:  # fmt: skip
        """Answer from an open file, and keep it where it was asked for whole and is small."""
        sent = answers.answer(file, environ["REQUEST_METHOD"], environ, headers)
        if sent.status == 200 and sent.body and isinstance(sent.body, list):
            self._kept.put(key, file.path, file.stamp, sent.headers, sent.body, for_ever=for_ever)
        elif isinstance(sent.body, Pieces):
            if not self._large.acquire(blocking=False):
                sent.body.close()
                return _send(_later(), start_response)
            sent.body.at_end = self._large.release
        return _send(sent, start_response)

    def _or_snapshot(
        self, page: str, language: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer as the application does; where that can't (503), with the page as it was baked."""
        said: list[Any] = []

        def hear(*status_and_headers: Any) -> None:
            said[:] = status_and_headers

        body = self.application(environ, hear)
        if said[0].startswith("503 "):
            sent = self._page(page, language, environ, start_response, ("X-Served", "snapshot"))
            if sent is not None:
                if close := getattr(body, "close", None):
                    close()
                return sent
        start_response(*said)
        return body


def _plain(environ: Environ) -> bool:
    """Whether a request asks for a file whole and without conditions."""
    return environ["REQUEST_METHOD"] == "GET" and not (environ.keys() & _CONDITIONAL)


def _https(environ: Environ) -> bool:
    """Whether pages may be answered: where the site is HTTPS only, Django redirects the others."""
    return not settings.HTTPS or "https" in (
        environ.get("HTTP_X_FORWARDED_PROTO"),
        environ.get("wsgi.url_scheme"),
    )


def _nothing(method: str) -> Answer:
    body = b"There is no such file.\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", NOTHING_HERE),
        *FOR_ALL,
    ]
    return Answer(404, headers, [body] if method == "GET" else [])


def _later() -> Answer:
    headers = [("Retry-After", "30"), ("Cache-Control", "no-store"), ("Content-Length", "0")]
    return Answer(503, [*headers, *FOR_ALL], [])


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    start_response(answers.PHRASES[answer.status], answer.headers.copy())
    return answer.body
