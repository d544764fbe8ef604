"""make bench-tiles: baking against tipg, serving against nginx, and how soon a change is seen.

Everything on the server of DATABASE_URL, in databases of this run. The last line is one JSON
object; docs/benchmarks.md says how to read it.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from bench_import import PROJECT, Server, polygons, run, write_shapefile
from processes import free_port, healthy

TIPG = PROJECT / ".local" / "tipg-venv" / "bin" / "python"
ZOOMS = (14, 15)
WORKERS = 2
"""As many processes as the bake has."""
HAZARD_ROWS = 20_000
"""Areas of an import that must be seen within a minute: more than a prefecture's flood zones."""
CITY_ROWS = 20_000

_BAKE = """
import json, sys, time, django
django.setup()
from pathlib import Path
from layers.models import Layer
from layers.publish import tiles
layer = Layer.objects.get(slug=sys.argv[1])
began = time.perf_counter()
tiles._bake(layer, Path(sys.argv[2]), [[15], [14]], 15, None)
print(json.dumps({"seconds": time.perf_counter() - began}))
"""
_EDIT = """
import sys, time, django
django.setup()
from layers.changes import recording
from layers.models import Feature
feature = Feature.objects.filter(layer__slug="public-facilities").order_by("pk").first()
with recording(feature.layer, "edit"):
    feature.name = sys.argv[1]
    feature.save()
print(time.time())
"""
_REBAKE = """
import sys, time, django
django.setup()
from layers.changes import recording
from layers.models import Feature
from layers.publish import bake
feature = Feature.objects.filter(layer__slug="public-facilities").order_by("pk").first()
bake.published(feature.layer)
for number in range(3):
    with recording(feature.layer, "edit"):
        feature.name = f"{sys.argv[1]} {number}"
        feature.save()
    began = time.perf_counter()
    bake.published(feature.layer)
    print(time.perf_counter() - began)
"""


class Place:
    """A database and a tree of files of this run."""

    def __init__(self, server: Server, database: str, folder: Path) -> None:
        """Make the database anew and bring its tables up to date."""
        server.fresh(database)
        self.server, self.database, self.tree = server, database, folder / database
        self.environment = {"DATABASE_URL": server.url(database), "BAKE_DIR": str(self.tree)}
        self.manage("migrate")

    def manage(self, *command: str) -> tuple[float, float, str]:
        """Run a command of manage.py; return seconds, MiB of its largest process, its output."""
        return run([sys.executable, "manage.py", *command], **self.environment)

    def python(self, script: str, *arguments: str) -> str:
        """Run a script with the site's settings; return its output."""
        settings = {"DJANGO_SETTINGS_MODULE": "gis_portal.settings", "PYTHONPATH": str(PROJECT)}
        return run([sys.executable, "-c", script, *arguments], **self.environment, **settings)[2]

    def published(self, slug: str) -> dict[str, Any]:
        """Return what the manifest says of a layer now."""
        try:
            said = json.loads((self.tree / "public/baked/manifest.json").read_bytes())
        except OSError:
            return {}
        return next((layer for layer in said["layers"] if layer["slug"] == slug), {})

    @contextmanager
    def publisher(self) -> Iterator[None]:
        """The worker that publishes, as the site runs it."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker", "--queues", "publish",
             "--concurrency", "2"],
            env={**os.environ, **self.environment}, cwd=PROJECT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            time.sleep(5)  # it says nothing when it is there
            yield
        finally:
            process.terminate()
            process.wait()


def imported(place: Place, slug: str, rows: int, folder: Path) -> None:
    """Import areas as a person does, as a layer of hazard areas: nothing of it may be left out."""
    file = folder / f"{slug}.shp"
    write_shapefile(file, polygons(rows), np.zeros(rows, bool))
    place.manage("import_file", str(file), "--layer", slug, "--key", "ID", "--kind", "hazard",
                 "--apply", "--json")  # fmt: skip


# -- baking against tipg ---------------------------------------------------------------------------


def tiles_of(tree: Path) -> list[tuple[int, int, int]]:
    """Return the tiles that were baked."""
    return [(int(p.parts[-3]), int(p.parts[-2]), int(p.stem)) for p in tree.glob("tiles/*/*/*.mvt")]


def baked(place: Place, slug: str) -> tuple[float, list[tuple[int, int, int]]]:
    """Bake zooms 14 and 15 of a layer, compressed and written; return seconds and the tiles."""
    with tempfile.TemporaryDirectory(prefix="bake-") as folder:
        said = place.python(_BAKE, slug, folder)
        return json.loads(said)["seconds"], tiles_of(Path(folder))


def asked(port: int, table: str, tiles: list[tuple[int, int, int]]) -> tuple[float, int]:
    """Ask tipg for tiles, four at a time; return seconds and the bytes that came."""

    def worker(some: list[tuple[int, int, int]]) -> int:
        connection, size = http.client.HTTPConnection("127.0.0.1", port, timeout=120), 0
        for z, x, y in some:
            connection.request(
                "GET", f"/collections/public.{table}/tiles/WebMercatorQuad/{z}/{x}/{y}",
                headers={"Accept-Encoding": "gzip"},
            )  # fmt: skip
            answer = connection.getresponse()
            content = answer.read()
            if answer.status not in (200, 204):
                raise SystemExit(f"tipg answered {answer.status}: {content[:200]!r}")
            size += len(content)
        return size

    began = time.perf_counter()
    with ThreadPoolExecutor(2 * WORKERS) as pool:
        size = sum(pool.map(worker, [tiles[n :: 2 * WORKERS] for n in range(2 * WORKERS)]))
    return time.perf_counter() - began, size


@contextmanager
def tipg(place: Place) -> Iterator[int]:
    """Run tipg with as many processes as the bake has, without a limit of features."""
    port = free_port()
    process = subprocess.Popen(
        [TIPG, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", str(WORKERS),
         "--log-level", "error"],
        env={
            **os.environ,
            "DATABASE_URL": place.environment["DATABASE_URL"].replace("postgis:", "postgresql:"),
            "TIPG_MAX_FEATURES_PER_TILE": "10000000", "TIPG_TILE_BUFFER": "64",
            "TIPG_DB_SCHEMAS": '["public"]', "TIPG_CATALOG_TTL": "100000",
            "DB_MIN_CONN_SIZE": "2", "DB_MAX_CONN_SIZE": "4",
        },
        cwd="/",
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", "/collections?f=json")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit("tipg did not start")
            time.sleep(0.3)
        yield port
    finally:
        process.terminate()
        process.wait()


def against_tipg(place: Place, slug: str, runs: int) -> dict[str, Any]:
    """Bake and ask for the same tiles of the same areas by turns."""
    table = slug.replace("-", "_")
    with place.server.connect(place.database) as connection:
        connection.execute(
            f"CREATE TABLE {table} AS SELECT f.id, f.name, f.geom::geometry(Geometry, 4326)"  # noqa: S608
            f" FROM layers_feature f JOIN layers_layer l ON l.id = f.layer_id AND l.slug = '{slug}'"
        )
        connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
        connection.execute(f"CREATE INDEX ON {table} USING gist (geom)")
        connection.execute(f"VACUUM ANALYZE {table}")
    ratios, ours, theirs = [], [], []
    with tipg(place) as port:
        _, tiles = baked(place, slug)
        asked(port, table, tiles[: 8 * WORKERS])  # both are warm, the data is in memory
        for _ in range(runs):
            seconds, tiles = baked(place, slug)
            ours.append(len(tiles) / seconds)
            seconds, size = asked(port, table, tiles)
            theirs.append(len(tiles) / seconds)
            ratios.append(ours[-1] / theirs[-1])
            print(f"{slug}: {ours[-1]:.1f} tiles/s baked, {theirs[-1]:.1f} tiles/s by tipg "
                  f"({len(tiles)} tiles, {size / 1e6:.0f} MB of theirs)", flush=True)  # fmt: skip
    return {
        "tiles": len(tiles), "baked_per_s": round(statistics.median(ours), 1),
        "tipg_per_s": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(ratios), 2),
    }  # fmt: skip


# -- how soon a change is seen ---------------------------------------------------------------------


def seen_after(place: Place, slug: str, before: dict[str, Any], since: float) -> float:
    """Return the seconds since ``since`` until the manifest says something new of a layer."""
    while time.time() - since < 300:
        if (now := place.published(slug)) and now.get("parts", {}).get("map") != before:
            return time.time() - since
        time.sleep(0.05)
    raise SystemExit(f"no change of {slug} was seen within five minutes")


def city(server: Server, folder: Path, runs: int) -> dict[str, Any]:
    """Measure the demo city: the whole bake, the bake after one edit, and when edits are seen."""
    place = Place(server, "bench_city", folder)
    place.manage("load_demo")
    place.manage("bake", "--all")
    whole = [place.manage("bake", "--all")[0] for _ in range(runs)]
    again = [float(line) for line in place.python(_REBAKE, "再").split()]
    edits = []
    with place.publisher():
        for number in range(runs):
            before = place.published("public-facilities")["parts"]["map"]
            since = float(place.python(_EDIT, f"変更{number}").split()[-1])
            edits.append(seen_after(place, "public-facilities", before, since))
        imported(place, "zones", HAZARD_ROWS, folder)
        zones = seen_after(place, "zones", {}, time.time())
    return {
        **first_view(place),
        "bake_city_s": round(statistics.median(whole), 1),
        "rebake_s": round(statistics.median(again), 2),
        "edit_visible_s": round(statistics.median(edits), 2),
        "import_visible_s": round(zones, 1),
    }


def first_view(place: Place) -> dict[str, Any]:
    """Open the demo's front page in Chromium; return its requests and kB as they were sent.

    From the embedded server, with nothing in the browser's cache; the base map can't be reached.
    """
    from playwright.sync_api import sync_playwright

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "gis_portal.wsgi:application", "--interface", "wsgi",
         "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, **place.environment}, cwd=PROJECT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not healthy(port):
            if time.monotonic() > until:
                raise SystemExit("the site did not start")
            time.sleep(0.2)
        found = subprocess.run(
            ["tools/browser.sh"], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=found.stdout.strip(), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            sizes: dict[str, float] = {}
            ours: set[str] = set()
            watch = page.context.new_cdp_session(page)
            watch.send("Network.enable")
            root = f"http://127.0.0.1:{port}/"
            watch.on(
                "Network.responseReceived",
                lambda said: ours.add(said["requestId"])
                if said["response"]["url"].startswith(root) else None,
            )  # fmt: skip
            watch.on(
                "Network.loadingFinished",
                lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}),
            )
            page.goto(root)
            page.wait_for_selector("#map[data-ready]")
            page.wait_for_timeout(1000)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    of_ours = [size for number, size in sizes.items() if number in ours]
    return {"first_view_requests": len(of_ours), "first_view_kb": round(sum(of_ours) / 1000, 1)}


class _Memory:
    """Watches a process and what it starts: the most that all of them held together, MiB."""

    def __init__(self, pid: int) -> None:
        self.pid, self.most, self._going = pid, 0.0, True
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        self._going = False
        self._thread.join()
        return self.most

    def _watch(self) -> None:
        while self._going:
            self.most = max(self.most, sum(map(_proportional, _family(self.pid))) / 1024)
            time.sleep(0.2)


def _proportional(pid: int) -> int:
    """Return the KiB of a process, what it shares with others divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _family(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def whole_bake(place: Place, slug: str) -> dict[str, Any]:
    """Bake a large layer with all its zooms and details; return seconds and memory."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "bake", "--layer", slug, "--quick"],
        env={**os.environ, **place.environment}, cwd=PROJECT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    began, memory = time.perf_counter(), _Memory(process.pid)
    status = process.wait()
    seconds, together = time.perf_counter() - began, memory.stop()
    if status:
        raise SystemExit(f"bake ended with {status}")
    return {"seconds": round(seconds, 1), "peak_mib": round(together)}


# -- the whole -------------------------------------------------------------------------------------


def part(script: str) -> dict[str, Any]:
    """Run another of this folder's benchmarks; return what its last line says."""
    done = subprocess.run(
        [sys.executable, PROJECT / "tools" / script], stdout=subprocess.PIPE, text=True,
        cwd=PROJECT, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Measure, and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("tipg", "city", "whole"), help="one part only")
    given = parser.parse_args()
    import django

    django.setup()
    server = Server()
    result: dict[str, Any] = {"rows": given.rows, "runs": given.runs}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if given.only in (None, "city"):
            result |= city(server, folder, given.runs)
            print(json.dumps(result), flush=True)
        if given.only in (None, "tipg", "whole"):
            place = Place(server, "bench_tiles", folder)
            for slug, rows in (("large", given.rows), ("city-sized", CITY_ROWS)):
                imported(place, slug, rows, folder)
            if given.only != "tipg":
                result["whole"] = whole_bake(place, "large")
                result["peak_mib"] = result["whole"]["peak_mib"]
                print(json.dumps(result), flush=True)
                shutil.rmtree(place.tree)
            if given.only != "whole":
                result["tipg"] = {
                    slug: against_tipg(place, slug, given.runs) for slug in ("large", "city-sized")
                }
                result["bake_vs_tipg"] = result["tipg"]["large"]["ratio"]
        if given.only is None:
            result |= part("bench_serving.py")
    for database in ("bench_tiles", "bench_city"):
        with server.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
