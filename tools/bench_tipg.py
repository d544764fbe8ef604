"""Part of make bench-tiles: tiles baked, against tipg answering the same tiles."""

import http.client
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmark import PROJECT, Place
from processes import free_port

TIPG = PROJECT / ".local" / "tipg-venv" / "bin" / "python"
WORKERS = 2
"""As many processes as the bake has."""

_BAKE = """
import json, sys, time, django
django.setup()
from pathlib import Path
from layers.models import Layer
from layers.publish import tiles
layer = Layer.objects.get(slug=sys.argv[1])
began = time.perf_counter()
tiles.bake(layer, Path(sys.argv[2]), tiles.How.of(layer), [14, 15], layer.features.count())
print(json.dumps({"seconds": time.perf_counter() - began}))
"""


def tiles_of(tree: Path) -> list[tuple[int, int, int]]:
    """Return the tiles that were baked."""
    return [(int(p.parts[-3]), int(p.parts[-2]), int(p.stem)) for p in tree.glob("tiles/*/*/*.mvt")]


def baked(place: Place, slug: str) -> tuple[float, list[tuple[int, int, int]]]:
    """Bake zooms 14 and 15 of a layer, compressed and written; return seconds and the tiles."""
    # It stays until the end: for seconds after many files are removed, ext4 makes new ones slowly.
    folder = tempfile.mkdtemp(prefix="bake-", dir=place.tree.parent)
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
