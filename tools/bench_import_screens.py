"""Measure the importers' screens with a large file, as a browser meets them.

    .venv/bin/python tools/bench_import_screens.py [ROWS]

A database of its own is made beside that of DATABASE_URL and removed again; a web process and a
worker are started on it. A CSV of ROWS (50,000) rows is sent into a new layer, looked at, written,
sent again with a tenth of its rows changed, and undone. Every request is timed. Nothing is cached
beforehand; the layer is empty at first. The last line printed is one JSON object; the exit status
is 1 where the preview took more than 10 s or any request more than 2 s.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from processes import free_port, healthy

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NAME = "bench_import_screens"
PREVIEW_WITHIN, REQUEST_WITHIN = 10.0, 2.0  # seconds
PASSWORD = secrets.token_urlsafe()


@dataclass
class Answer:
    """What a request got."""

    status: int
    location: str
    body: str


@dataclass
class Browser:
    """Cookies, the token against forgery, and how long every request took."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    took: list[tuple[float, str]] = field(default_factory=list)

    def ask(
        self, path: str, body: bytes | None = None, kind: str = "application/x-www-form-urlencoded"
    ) -> Answer:
        """Send one request and note its time, to the last byte of the answer.

        Of a download it is the time to the first byte: it is sent as it is made.
        """
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "X-CSRFToken": self.cookies.get("csrftoken", "")}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        method = "GET" if body is None else "POST"
        started = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        began = answer.read(1)
        first = time.perf_counter() - started
        text = (began + answer.read()).decode("utf-8", "replace")
        whole = time.perf_counter() - started
        saved = answer.getheader("Content-Disposition", "").startswith("attachment")
        self.took.append((first if saved else whole, f"{method} {path}"))
        for name, value in answer.getheaders():
            if name.casefold() == "set-cookie":
                cookie, _, rest = value.partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        connection.close()
        return Answer(answer.status, answer.getheader("Location", ""), text)

    def send(self, path: str, **given: str) -> Answer:
        """Send a form."""
        return self.ask(path, urlencode(given).encode())

    def upload(self, path: str, data: bytes, **given: str) -> Answer:
        """Send a file with a form's fields."""
        edge = secrets.token_hex(16)
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in given.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="bench.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = "".join(parts).encode() + data + f"\r\n--{edge}--\r\n".encode()
        return self.ask(path, body, f"multipart/form-data; boundary={edge}")

    def wait(self, path: str) -> str:
        """Ask each second, as the page's script does, until there is something to go on to."""
        while True:
            told = json.loads(self.ask(path).body)
            if told["next"]:
                return str(told["next"])
            time.sleep(1)


def rows(count: int, edition: int) -> bytes:
    """Return a list of places as CSV; of the second edition every tenth row is changed."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["ID", "名称", "所在地_連結表記", "緯度", "経度", "電話番号", "備考"])
    for number in range(count):
        changed = edition > 1 and number % 10 == 0
        latitude = 38.70 + (number % 400) / 2500 + (0.0005 if changed else 0)
        longitude = 140.20 + (number // 400) / 2500
        note = f"第{edition}版" if changed else ""
        phone = f"0233-{number % 100:02d}-{number % 10_000:04d}"
        address = f"本町{number % 99}-{number % 7}"
        place = [f"{latitude:.6f}", f"{longitude:.6f}", phone, note]
        writer.writerow([f"B{number:06d}", f"施設{number}", address, *place])
    return text.getvalue().encode()


def own_database() -> tuple[str, str]:
    """Return the server's address for psycopg, and that of this run's database for Django."""
    given = os.environ.get("DATABASE_URL")
    written = Path(os.environ.get("GIS_PORTAL_LOCAL", ROOT / ".local")) / "database-url"
    server = given or written.read_text(encoding="utf-8").strip()
    django = f"{server.rpartition('/')[0]}/{NAME}"
    return re.sub(r"^\w+://", "postgresql://", server), django


def scalar(text: str, pattern: str) -> str:
    """Return the first group of a pattern in a page."""
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"The page has no {pattern}")
    return found.group(1)


def measured(browser: Browser, count: int) -> dict[str, float]:
    """Go the whole way twice, and back; return seconds by what they were spent on."""
    times: dict[str, float] = {}
    home = "/en/staff/imports/"
    browser.ask("/en/staff/login/")
    browser.send("/en/staff/login/", username="bench", password=PASSWORD)

    def to_the_check(name: str, edition: int, **given: str) -> str:
        data = rows(count, edition)
        browser.ask(f"{home}new/")
        started = time.perf_counter()
        sent = browser.upload(f"{home}new/", data, **given)
        if sent.status != 302:
            raise SystemExit(f"The file was not taken: {sent.status} {sent.body[:2000]}")
        state = sent.location.replace("/progress/", "/progress.json")
        check = browser.wait(state)
        page = browser.ask(check)
        times[name] = time.perf_counter() - started
        if "/check/" not in check or page.status != 200:
            raise SystemExit(f"There is no preview: {check} {page.status}")
        return check

    def write(name: str, check: str) -> str:
        token = scalar(browser.ask(check).body, r'name="token" value="([^"]+)"')
        started = time.perf_counter()
        browser.send(check.replace("/check/", "/confirm/"), token=token)
        result = browser.wait(check.replace("/check/", "/progress.json"))
        page = browser.ask(result).body
        times[name] = time.perf_counter() - started
        if "/result/" not in result:
            raise SystemExit(f"It was not written: {result}")
        return scalar(page, r'href="(/en/staff/imports/changes/\d+/)"')

    check = to_the_check("preview_new_s", 1, target="new", title_ja="計測", slug="bench")
    write("write_new_s", check)
    layer = scalar(browser.ask(f"{home}new/").body, r'<option value="(\d+)">[^<]*\(bench\)')
    check = to_the_check("preview_changed_s", 2, target="existing", layer=layer)
    for tab in ("changed", "new", "problems", "missing", "near", "unchanged"):
        browser.ask(f"{check}?show={tab}")
        browser.ask(f"{check}?show={tab}&page=100")
    browser.ask(check.replace("/check/", "/changes.geojson"))
    browser.ask(check.replace("/check/", "/columns/"))
    browser.ask(check.replace("/check/", "/reading/"))
    started = time.perf_counter()
    browser.ask(check.replace("/check/", "/report.csv"))
    times["report_s"] = time.perf_counter() - started
    change = write("write_changed_s", check)
    browser.ask(home)
    browser.ask(f"{home}layers/bench/")
    browser.ask(change)
    started = time.perf_counter()
    browser.send(change)
    browser.wait(f"{change}state.json")
    browser.ask(change)
    times["undo_s"] = time.perf_counter() - started
    return times


def main(count: int = 50_000) -> int:
    """Set up, measure, tell, and clear up."""
    server, django = own_database()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as local:
        env = os.environ | {
            "DATABASE_URL": django,
            "GIS_PORTAL_LOCAL": local,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }
        manage = [PYTHON, "manage.py"]
        running: list[subprocess.Popen[bytes]] = []
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME}")
        try:
            user = ["createsuperuser", "--no-input", "--username=bench", "--email=bench@localhost"]
            for step in (["migrate", "--no-input", "-v0"], user):
                subprocess.run([*manage, *step], cwd=ROOT, env=env, check=True)
            web = ["-m", "gunicorn", "gis_portal.wsgi", "--bind", f"127.0.0.1:{port}"]
            web += ["--workers", "2", "--threads", "4", "--no-control-socket"]
            for command in ([PYTHON, *web], [*manage, "procrastinate", "worker"]):
                running.append(subprocess.Popen(command, cwd=ROOT, env=env))
            while not healthy(port):
                time.sleep(0.2)
            browser = Browser(port)
            times = measured(browser, count)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(60)
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    slowest, which = max(browser.took)
    preview = max(times["preview_new_s"], times["preview_changed_s"])
    told = {
        "rows": count,
        **{name: round(seconds, 2) for name, seconds in times.items()},
        "requests": len(browser.took),
        "slowest_request_s": round(slowest, 2),
        "slowest_request": which,
        "ok": preview <= PREVIEW_WITHIN and slowest <= REQUEST_WITHIN,
    }
    for seconds, name in sorted(browser.took, reverse=True)[:8]:
        print(f"{seconds:7.2f} s  {name}")
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(*(int(given) for given in sys.argv[1:2])))
