"""The embedded server as a process: it ends, comes back and keeps its head as a whole."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from layers.publish import serving, tree
from layers.publish.addresses import page_headers
from tests.nginx import ask, nginx
from tests.serving.conftest import PART, Tree, run_embedded, write_all

TILE = f"/baked/{PART}/tiles/10/909/403.mvt"
GZIP = {"Accept-Encoding": "gzip"}


def workers_of(process: subprocess.Popen[bytes]) -> set[int]:
    """The numbers of the processes that answer."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def both_started(process: subprocess.Popen[bytes], log: Path) -> set[int]:
    """The numbers of both, once both answer."""
    wait_for(lambda: all(f"Started worker-{number}" in log.read_text() for number in (1, 2)))
    return workers_of(process)


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_it_ends_at_once_when_asked_even_while_somebody_listens(city: Tree, tmp_path: Path) -> None:
    with run_embedded(city.bake, city.static, tmp_path / "log") as (root, process):
        workers = both_started(process, tmp_path / "log")
        host, _, port = root.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(f"GET {TILE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
            process.send_signal(signal.SIGTERM)
            assert process.wait(12) == 0
        wait_for(lambda: all(gone(worker) for worker in workers), 3)


def test_a_worker_that_is_killed_comes_back_and_the_site_stays(city: Tree, tmp_path: Path) -> None:
    with run_embedded(city.bake, city.static, tmp_path / "log") as (root, process):
        victim = min(both_started(process, tmp_path / "log"))
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(workers_of(process) - {victim}) == 2)
        for _ in range(20):
            assert ask(root, TILE).status == 200
        assert process.poll() is None


def test_new_code_is_taken_while_the_site_answers(city: Tree, tmp_path: Path) -> None:
    with (
        run_embedded(city.bake, city.static, tmp_path / "log") as (root, process),
        override_settings(STATIC_ROOT=city.static),
        nginx(city.bake, int(root.rpartition(":")[2])) as front,
    ):
        before = both_started(process, tmp_path / "log")
        process.send_signal(signal.SIGHUP)
        answered = 0
        while before & workers_of(process):
            assert ask(front, "/api/v1/nothing").status == 404
            answered += 1
        assert answered > 100
        assert len(workers_of(process)) == 2


def test_what_goes_wrong_stands_in_the_log(city: Tree, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with run_embedded(city.bake, city.static, log) as (root, _):
        assert ask(root, "/features/13/").status == 503
        wait_for(lambda: "The database is away" in log.read_text())
        assert "Geometry libraries" in log.read_text()


def test_many_who_are_slow_with_a_large_file_take_neither_memory_nor_the_site(
    tmp_path: Path, city: Tree
) -> None:
    path = tmp_path / "bake/public/baked/layers/x/downloads-0123456789abcdef/x.pmtiles"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(200 << 20)
    with run_embedded(tmp_path / "bake", city.static, tmp_path / "log") as (root, process):
        both_started(process, tmp_path / "log")
        host, _, port = root.removeprefix("http://").rpartition(":")
        address = "/" + path.relative_to(tmp_path / "bake/public").as_posix()
        slow = [socket.create_connection((host, int(port)), timeout=20) for _ in range(30)]
        said = []
        try:
            for one in slow:
                one.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                said.append(one.recv(12))
            # Each of two processes sends eight; the others are told to come again.
            assert said.count(b"HTTP/1.1 200") <= 16
            assert set(said) == {b"HTTP/1.1 200", b"HTTP/1.1 503"}
            time.sleep(2)
            assert sum(resident_mib(worker) for worker in workers_of(process)) < 600
            # And nobody else waits for the slow ones.
            for _ in range(10):
                assert ask(root, "/api/v1/nothing").status == 404
        finally:
            for one in slow:
                one.close()
        # They have gone, and make room.
        wait_for(lambda: ask(root, address, {"Range": "bytes=0-2000000"}).status == 206)
        for _ in range(20):
            assert ask(root, address, {"Range": "bytes=0-2000000"}).status == 206


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def test_a_change_of_a_page_and_of_the_manifest_is_seen_at_once(tmp_path: Path, city: Tree) -> None:
    bake = tmp_path / "bake"
    write_all(bake)
    with (
        run_embedded(bake, city.static, tmp_path / "log") as (root, _),
        override_settings(BAKE_DIR=bake),
    ):
        files = {"/baked/manifest.json": "baked/manifest.json", "/": "pages/ja/index.html"}
        for address, name in files.items():
            tags = set()
            # Several times within a second, of the same length: the tag must tell them apart.
            for number in range(10, 20):
                content = f"{number} is what it says".encode() * 40
                tree.write(tree.public_root() / name, content)
                heard = ask(root, address)
                assert (heard.status, heard.body) == (200, content)
                tags.add(heard.headers["etag"])
            assert len(tags) == 10


def test_a_file_that_has_gone_is_gone_after_seconds(
    tmp_path: Path, city: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    bake = tmp_path / "bake"
    write_all(bake)
    monkeypatch.setattr(serving, "LOOKED_AT_AGAIN", 0.5)
    with override_settings(BAKE_DIR=bake):
        published = serving.Published(lambda *_: [])
        assert status_of(published, TILE) == "200 OK"
        shutil.rmtree(bake / "public/baked/layers")
        assert status_of(published, TILE) == "200 OK"  # from memory
        time.sleep(0.6)
        assert status_of(published, TILE) == "404 Not Found"


def status_of(published: serving.Published, path: str) -> str:
    said = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path}
    list(published(environ, lambda status, headers: said.append(status)))
    return str(said[0])


def test_memory_holds_no_more_than_it_may() -> None:
    kept = serving.Kept(most=100_000)
    body = [bytes(5000)]
    for number in range(1000):
        kept.put(number, __file__, None, [], body, for_ever=True)
        held = len(kept._young) + len(kept._old)
        assert held * 6000 <= 100_000 + 6000
    assert kept.get(999) is not None
    assert kept.get(0) is None


def test_what_is_read_often_stays_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "often"
    path.write_bytes(b"x")
    kept = serving.Kept(most=100_000)
    stamp = serving.answers.stamp_of(str(path))
    kept.put("often", str(path), stamp, [], [b"x"], for_ever=True)
    for number in range(500):
        kept.put(number, __file__, None, [], [bytes(5000)], for_ever=True)
        assert kept.get("often") is not None
    assert kept.get(0) is None


@pytest.mark.django_db
@pytest.mark.parametrize("https", [False, True])
def test_a_page_from_a_file_has_the_headers_of_a_page_from_django(
    https: bool, client: Client
) -> None:
    with override_settings(
        HTTPS=https,
        SECURE_HSTS_SECONDS=31536000 if https else 0,
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https") if https else None,
    ):
        told = client.get("/", headers={"X-Forwarded-Proto": "https"} if https else {})
        ours = dict(page_headers())
    own = {"Content-Type", "Content-Language", "Vary", "Content-Length", "Content-Encoding"}
    theirs = {name: value for name, value in told.items() if name not in own}
    nonce = theirs["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0]
    theirs["Content-Security-Policy"] = "; ".join(
        sorted(theirs["Content-Security-Policy"].replace(f" 'nonce-{nonce}'", "").split("; "))
    )
    assert ours == theirs
    assert ("Strict-Transport-Security" in ours) is https


def test_where_the_site_is_https_only_pages_are_not_answered_without(
    city: Tree, tmp_path: Path
) -> None:
    with run_embedded(city.bake, city.static, tmp_path / "log", HTTPS="1") as (root, _):
        plain = ask(root, "/")
        assert (plain.status, plain.headers["location"][:8]) == (301, "https://")
        secure = ask(root, "/", {"X-Forwarded-Proto": "https"})
        assert secure.status == 200
        assert secure.headers["strict-transport-security"] == "max-age=31536000"


def test_many_at_once_get_what_is_theirs(embedded: str, city: Tree) -> None:
    paths = [TILE, "/", "/en/", "/baked/manifest.json", f"/baked/{PART}/features.ja.geojson"]
    expected = {path: ask(embedded, path, GZIP).body for path in paths}
    wrong: list[str] = []

    def visitor(number: int) -> None:
        for turn in range(40):
            path = paths[(number + turn) % len(paths)]
            if ask(embedded, path, GZIP).body != expected[path]:
                wrong.append(path)

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_static_files_come_from_their_sources_while_one_develops(tmp_path: Path) -> None:
    with override_settings(DEBUG=True, STATIC_ROOT=tmp_path):
        published = serving.Published(lambda *_: [])
        assert status_of(published, "/static/admin/css/base.css") == "200 OK"
    with override_settings(DEBUG=False, STATIC_ROOT=tmp_path):
        published = serving.Published(lambda *_: [])
        assert status_of(published, "/static/admin/css/base.css") == "404 Not Found"


ONE_CONNECTION = """
import threading
from django.db import connection
from layers.publish.serving import Published
state = threading.local()

def django(environ, start_response):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    state.count = getattr(state, "count", 0) + 1
    body = f"{pid} {threading.get_ident()} {state.count}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

import gis_portal.wsgi
application = Published(django)
"""


@pytest.mark.django_db
def test_a_thread_keeps_its_connection_to_the_database(city: Tree, tmp_path: Path) -> None:
    """Django and GEOS keep things for each thread: the threads must be real, lasting ones."""
    (tmp_path / "one_connection.py").write_text(ONE_CONNECTION)
    url = os.environ.get("DATABASE_URL") or (settings.LOCAL_DIR / "database-url").read_text()
    url = urlsplit(url.strip())._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with run_embedded(
        city.bake, city.static, tmp_path / "log", replaced=("gis_portal.wsgi", "one_connection"),
        DATABASE_URL=url, PYTHONPATH=str(tmp_path),
    ) as (root, _):  # fmt: skip
        heard = [ask(root, "/asked").body.decode().split() for _ in range(60)]
    threads = {(pid, thread) for pid, thread, _ in heard}
    assert len(threads) <= 8  # two workers with four threads each
    assert len({pid for pid, _ in threads}) == len(threads)  # each its own connection
    assert max(int(count) for _, _, count in heard) >= 60 / 8
