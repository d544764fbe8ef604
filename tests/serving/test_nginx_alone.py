"""What nginx does by itself: with nobody behind it, with somebody slow, and what it never sends."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from tests.nginx import ask, nginx
from tests.serving.conftest import DOWNLOADS, LAYER, PART, SECRET, Tree, run_embedded

OUTSIDE = b"outside of the tree"


def test_with_application_and_database_away_nginx_alone_serves_everything_public(
    before_nothing: str,
) -> None:
    for path in (
        "/", "/en/", "/ja-easy/", "/features/12/", "/en/features/12/", "/?layers=flood",
        "/baked/manifest.json", f"/baked/{PART}/tiles/10/909/403.mvt",
        f"/baked/{PART}/features.ja.geojson", f"/baked/{LAYER}/details-ffeeddccbbaa9988/ja/0.json",
        f"/baked/{DOWNLOADS}/facilities.csv", "/static/map.0123456789ab.js",
    ):  # fmt: skip
        heard = ask(before_nothing, path, {"Accept-Encoding": "gzip, br"})
        assert (path, heard.status) == (path, 200)
        assert heard.body


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/features/13/", "ja", "地図"),
        ("/en/features/13/", "en", "not available"),
        ("/en/staff/", "en", "not available"),
        ("/api/v1/layers", "ja", "地図"),
    ],
)
def test_what_was_never_baked_is_answered_with_the_citys_telephone(
    path: str, language: str, words: str, before_nothing: str
) -> None:
    heard = ask(before_nothing, path)
    assert (heard.status, heard.headers["content-language"]) == (503, language)
    assert heard.headers["cache-control"] == "no-store"
    assert heard.headers["x-frame-options"] == "DENY"
    assert words in heard.body.decode()
    assert settings.CITY.telephone in heard.body.decode()


def test_what_is_sent_to_an_application_that_is_away_gets_no_page(before_nothing: str) -> None:
    assert ask(before_nothing, "/", method="POST", body=b"x=1").status == 503


def test_while_the_database_is_away_the_application_itself_serves_pages(
    embedded: str, before_embedded: str
) -> None:
    for root in (embedded, before_embedded):
        assert ask(root, "/healthz").status == 503
        heard = ask(root, "/?layers=flood")
        assert (heard.status, heard.headers["x-served"]) == (200, "snapshot")
        assert ask(root, "/api/v1/layers").status == 503
    assert b"make db" in ask(before_embedded, "/healthz").body


# -- what is never sent -----------------------------------------------------------------------

TRICKS = (
    "/staff/layers/plans/{file}",
    "/_staff/layers/plans/{file}",
    "/_staff//layers/plans/{file}",
    "//_staff/layers/plans/{file}",
    "/./_staff/layers/plans/{file}",
    "/%5fstaff/layers/plans/{file}",
    "/baked/../../staff/baked/layers/plans/{file}",
    "/baked/..%2f..%2fstaff/baked/layers/plans/{file}",
    "/baked/%2e%2e/%2e%2e/staff/baked/layers/plans/{file}",
    "/baked/%2e%2e%2f%2e%2e%2fstaff/baked/layers/plans/{file}",
    "/baked/..%5c..%5cstaff/baked/layers/plans/{file}",
    "/baked//../../staff/baked/layers/plans/{file}",
    "/baked../../staff/baked/layers/plans/{file}",
    "/baked../staff/baked/layers/plans/{file}",
    "/static../bake/staff/baked/layers/plans/{file}",
    "/static/../../staff/baked/layers/plans/{file}",
    "/static/..%2f..%2fstaff/baked/layers/plans/{file}",
    "/../staff/baked/layers/plans/{file}",
    "/..%2fstaff/baked/layers/plans/{file}",
    "/%2e%2e/staff/baked/layers/plans/{file}",
    "/..;/staff/baked/layers/plans/{file}",
    "/baked/..%252f..%252fstaff/baked/layers/plans/{file}",
    "/baked/%c0%ae%c0%ae/%c0%ae%c0%ae/staff/baked/layers/plans/{file}",
    "/pages/../../staff/baked/layers/plans/{file}",
    "/unavailable/../staff/baked/layers/plans/{file}",
    "/unavailable../staff/baked/layers/plans/{file}",
    "/_staff../baked/layers/plans/{file}",
    "/baked/layers/plans/{file}",
    "/en/../staff/baked/layers/plans/{file}",
    "/staff-baked/layers/plans/{file}",
    "/baked/%00/../../../staff/baked/layers/plans/{file}",
    "/baked/{bake}/staff/baked/layers/plans/{file}",
    "/baked/%2f{bake}/staff/baked/layers/plans/{file}",
)
FILES = ("map-0123456789abcdef/features.ja.geojson", "downloads-0123456789abcdef/plans.pmtiles")


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("file", FILES)
def test_no_trick_reaches_the_staffs_files(
    trick: str, file: str, city: Tree, embedded: str, before_nothing: str, before_embedded: str
) -> None:
    path = trick.format(file=file, bake=city.bake)
    for root in (embedded, before_nothing, before_embedded):
        heard = ask(root, path)
        # 302: the administration asks who is there.
        assert heard.status in (301, 302, 400, 403, 404, 503), path
        assert SECRET not in heard.body


def test_the_staffs_files_are_sent_once_they_lie_in_the_public_tree(
    tmp_path: Path, city: Tree
) -> None:
    """The negative control: the tricks above fail at the wall, not at a mistake in the address."""
    (tmp_path / "public").symlink_to(city.bake / "staff")
    with override_settings(STATIC_ROOT=city.static), nginx(tmp_path) as root:
        assert SECRET in ask(root, f"/baked/layers/plans/{FILES[0]}").body
    with run_embedded(tmp_path, city.static, tmp_path / "log") as (root, _):
        assert SECRET in ask(root, f"/baked/layers/plans/{FILES[0]}").body


@pytest.mark.parametrize(
    "path",
    [
        "/pages/ja/index.html", "/pages/ja/", "/index.html", "/en/index.html",
        "/unavailable/ja.html",
        "/features/12/index.html", "/features/../pages/ja/", "/.git/config", "/nginx.conf",
    ],
)  # fmt: skip
def test_files_have_no_second_address(path: str, embedded: str, before_nothing: str) -> None:
    for root in (embedded, before_nothing):
        heard = ask(root, path)
        assert heard.status in (301, 302, 404, 503)
        assert b"<title>ja" not in heard.body


# -- an application that has troubles ---------------------------------------------------------


class Upstream(BaseHTTPRequestHandler):
    """An application that counts what it is asked and answers as it is told to."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    status = 200
    seconds = 0.0
    more: dict[str, str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        time.sleep(self.seconds)
        body = b"from the application"
        self.send_response(self.status)
        for name, value in {"Content-Length": str(len(body)), **self.more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[type[Upstream]]:
    """The class of a running application's answers; ``port`` is where it runs."""
    handler = type("Told", (Upstream,), {"asked": [], "more": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.port = server.server_port  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def before(upstream: type[Upstream], city: Tree) -> Iterator[str]:
    with override_settings(STATIC_ROOT=city.static):
        with nginx(city.bake, upstream.port) as root:  # type: ignore[attr-defined]
            yield root


def test_the_application_is_asked_for_what_no_file_answers(
    upstream: type[Upstream], city: Tree, session_cookie: dict[str, str]
) -> None:
    with before(upstream, city) as root:
        assert ask(root, "/").body.startswith(b"<!doctype html>")
        assert upstream.asked == []
        for path, headers in (
            ("/?layers=flood", {}), ("/", session_cookie), ("/features/13/", {}), ("/en", {}),
            ("/api/v1/layers", {}), ("/staff/", {}), ("/en/staff/", {}), ("/healthz", {}),
            ("/staff-baked/layers/plans/x", {}),
        ):  # fmt: skip
            heard = ask(root, path, headers)
            assert (path, heard.body) == (path, b"from the application")
            assert upstream.asked.pop() == path


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_error_of_the_application_is_answered_with_the_page_as_it_was_baked(
    status: int, upstream: type[Upstream], city: Tree, session_cookie: dict[str, str]
) -> None:
    upstream.status = status
    with before(upstream, city) as root:
        for path, headers in (("/?layers=flood", {}), ("/en/features/12/", session_cookie)):
            heard = ask(root, path, headers)
            assert (heard.status, heard.headers["x-served"]) == (200, "snapshot")
            assert heard.headers["x-frame-options"] == "DENY"
        assert ask(root, "/api/v1/layers").body == b"from the application" or status != 503


@pytest.mark.parametrize("status", [404, 500])
def test_other_answers_of_the_application_are_its_own(
    status: int, upstream: type[Upstream], city: Tree
) -> None:
    upstream.status = status
    with before(upstream, city) as root:
        heard = ask(root, "/?layers=flood")
        assert (heard.status, heard.body) == (status, b"from the application")


@pytest.mark.long
def test_an_application_that_takes_too_long_is_not_waited_for(
    upstream: type[Upstream], city: Tree
) -> None:
    upstream.seconds = 12
    with before(upstream, city) as root:
        began = time.monotonic()
        heard = ask(root, "/?layers=flood")
        assert (heard.status, heard.headers["x-served"]) == (200, "snapshot")
        assert time.monotonic() - began < 11


def test_a_hundred_who_ask_the_same_at_once_ask_the_application_once(
    upstream: type[Upstream], city: Tree
) -> None:
    upstream.seconds = 0.3
    with before(upstream, city) as root:
        threads = [threading.Thread(target=ask, args=(root, "/?q=1")) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert upstream.asked == ["/?q=1"]
        ask(root, "/?q=2")
        assert upstream.asked == ["/?q=1", "/?q=2"]


def test_nobody_gets_what_was_made_for_somebody_with_a_cookie(
    upstream: type[Upstream], city: Tree, session_cookie: dict[str, str]
) -> None:
    with before(upstream, city) as root:
        for headers in (session_cookie, {}, session_cookie, {"Cookie": "csrftoken=1"}, {}):
            ask(root, "/?q=1", headers)
        assert len(upstream.asked) == 4  # the last one without a cookie got the first one's answer


@pytest.mark.parametrize(
    "more", [{"Cache-Control": "private"}, {"Cache-Control": "no-store"}, {"Set-Cookie": "a=b"}]
)
def test_what_the_application_wants_nobody_to_keep_is_not_kept(
    more: dict[str, str], upstream: type[Upstream], city: Tree
) -> None:
    upstream.more = more
    with before(upstream, city) as root:
        ask(root, "/?q=1")
        ask(root, "/?q=1")
        assert len(upstream.asked) == 2


@pytest.mark.long
def test_a_page_that_nobody_baked_outlives_the_application_for_a_while(
    upstream: type[Upstream], city: Tree
) -> None:
    with before(upstream, city) as root:
        assert ask(root, "/features/13/").status == 200
        upstream.status = 503
        time.sleep(6.5)  # the whole seconds of nginx
        heard = ask(root, "/features/13/")
        assert (heard.status, heard.body) == (200, b"from the application")
        until = time.monotonic() + 5
        while len(upstream.asked) < 2:  # it was asked all the same, nobody had to wait for it
            assert time.monotonic() < until
            time.sleep(0.05)
