"""Measure the importers' screens with a large file, in Chromium, as a planner meets them.

    .venv/bin/python tools/bench_import_screens.py [ROWS]

A database of its own is made beside that of DATABASE_URL and removed again; a web process and a
worker are started on it. A CSV of ROWS (50,000) rows is sent into a new layer, looked at, written,
sent again with a tenth of its rows changed, and undone. Every request of the browser is timed, to
the last byte of its answer; of a download, until it begins. Nothing is cached beforehand; the layer
is empty at first. The last line printed is one JSON object; the exit status is 1 where the preview
took more than 10 s from the click to be seen, or any request more than 2 s.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import BrowserContext, Page, Request, sync_playwright
from processes import free_port, healthy

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NAME = "bench_import_screens"
PREVIEW_WITHIN, REQUEST_WITHIN = 10.0, 2.0  # seconds
PASSWORD = secrets.token_urlsafe()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]


class Planner:
    """Somebody with a browser; remembers how long everything took."""

    def __init__(self, context: BrowserContext, server: str) -> None:
        """Open a page."""
        self.server = server
        self.times: dict[str, float] = {}
        self.requests: list[tuple[float, str]] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(120_000)
        self.page.on("requestfinished", self._note)

    def _note(self, request: Request) -> None:
        path = request.url.removeprefix(self.server)
        self.requests.append((request.timing["responseEnd"] / 1000, f"{request.method} {path}"))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long a block takes, in seconds."""
        began = time.perf_counter()
        yield
        self.times[name] = time.perf_counter() - began

    def open(self, path: str) -> None:
        """Go to a page of the site and wait until all of it is there."""
        self.page.goto(self.server + path)
        self.page.wait_for_load_state("networkidle")

    def seen(self, heading: str) -> None:
        """Wait until a page with this heading is seen."""
        self.page.locator("h1", has_text=heading).wait_for()

    def press(self, button: str) -> None:
        """Press a button, by what it begins with."""
        self.page.get_by_role("button", name=re.compile(f"^{button}")).click()

    def saved(self, path: str) -> None:
        """Begin a download, as a link on the page does."""
        with self.page.expect_download():
            self.page.evaluate("path => { location.href = path }", path)


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


HOME = "/en/staff/imports/"


def measured(planner: Planner, count: int, folder: Path) -> None:
    """Go the whole way twice, and back."""
    page = planner.page
    planner.open("/en/staff/login/")
    page.fill("[name=username]", "bench")
    page.fill("[name=password]", PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/en/staff/**")

    def to_the_check(name: str, edition: int) -> None:
        file = folder / f"bench-{edition}.csv"
        file.write_bytes(rows(count, edition))
        page.set_input_files("[name=file]", file)
        with planner.timed(f"{name}_s"):
            planner.press("Send the file")
            planner.seen("What would change")
            with planner.timed(f"{name}_map_after_s"):
                page.wait_for_selector("#chart[data-ready]")

    def write(name: str) -> None:
        with planner.timed(name):
            planner.press("Write this")
            planner.seen("It is in")

    planner.open(f"{HOME}new/")
    page.get_by_label("Into a new layer").check()
    page.fill("[name=title_ja]", "計測")
    to_the_check("preview_new", 1)
    write("write_new_s")
    planner.open(f"{HOME}new/")
    page.get_by_label("Into a layer that is there").check()
    page.select_option("[name=layer]", index=1)
    to_the_check("preview_changed", 2)
    check = page.url.removeprefix(planner.server).partition("?")[0]
    for tab in ("changed", "new", "problems", "missing", "near", "unchanged"):
        planner.open(f"{check}?show={tab}")
        planner.open(f"{check}?show={tab}&page=100")
    planner.open(check.replace("/check/", "/columns/"))
    planner.open(check.replace("/check/", "/reading/"))
    planner.open(check)
    with planner.timed("report_s"):
        planner.saved(check.replace("/check/", "/report.csv"))
    planner.open(check)
    write("write_changed_s")
    undo = page.get_by_role("link", name=re.compile("^Undo this import"))
    planner.open(HOME)
    page.go_back()
    undo.click()
    with planner.timed("undo_s"):
        planner.press("Undo this")
        planner.seen("It was undone")


def chromium() -> str:
    """Return the browser that the tests use too."""
    found = subprocess.run(["tools/browser.sh"], cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        sys.exit("There is no Chromium: `make test` installs it, or set CHROMIUM")
    return found.stdout.strip()


def main(count: int = 50_000) -> int:
    """Set up, measure, tell, and clear up."""
    server, django = own_database()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as local:
        env = os.environ | {
            "DATABASE_URL": django,
            "GIS_PORTAL_LOCAL": local,
            "BAKE_DIR": f"{local}/bake",
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
            web = ["-m", "granian", "gis_portal.wsgi:application", "--interface", "wsgi"]
            web += ["--port", str(port), "--workers", "2", "--blocking-threads", "4", "--no-ws"]
            worker = [*manage, "procrastinate", "worker", "--queues"]
            # As the site runs: what is imported is published beside the next step.
            for command in ([PYTHON, *web], [*worker, "default"], [*worker, "publish"]):
                running.append(subprocess.Popen(command, cwd=ROOT, env=env))
            while not healthy(port):
                time.sleep(0.2)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                planner = Planner(context, f"http://127.0.0.1:{port}")
                measured(planner, count, Path(local))
                version = browser.version
                browser.close()
        finally:
            for process in running:
                process.terminate()
            for process in running:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()  # what it publishes is nobody's
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    slowest, which = max(planner.requests)
    preview = max(planner.times["preview_new_s"], planner.times["preview_changed_s"])
    told = {
        "rows": count,
        **{name: round(seconds, 2) for name, seconds in planner.times.items()},
        "preview_limit_s": PREVIEW_WITHIN,
        "requests": len(planner.requests),
        "slowest_request_s": round(slowest, 2),
        "slowest_request": which,
        "request_limit_s": REQUEST_WITHIN,
        "chromium": version,
        "ok": preview <= PREVIEW_WITHIN and slowest <= REQUEST_WITHIN,
    }
    for seconds, name in sorted(planner.requests, reverse=True)[:8]:
        print(f"{seconds:7.2f} s  {name}")
    print(json.dumps(told))
    return 0 if told["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(*(int(given) for given in sys.argv[1:2])))
