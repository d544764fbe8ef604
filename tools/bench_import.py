"""make bench-import: a large import against ogr2ogr and against a bare COPY, in the same run.

Makes a shapefile of polygons (zone X, CP932, 8–9 vertices, 4 fields), imports it the way a person
does (manage.py import_file --apply: read in a child process, check, reproject, stage, compare,
write with its change set and indexes), imports it again with 1 % of its rows changed, and loads the
same file with ogr2ogr. Each in a database of its own on the server of DATABASE_URL. The last line
is one JSON object; docs/benchmarks.md says how to read it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyogrio
import shapely
from psycopg.conninfo import make_conninfo

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_portal.settings")

EPSG = 6678  # JGD2011, plane rectangular zone X
WEST, SOUTH, EAST, NORTH = -55_000, -144_000, -30_000, -122_000  # metres; within the city's box
NAMES = ("髙橋", "①番", "本町", "沖の町", "大手町", "鉄砲町")


def polygons(count: int) -> np.ndarray:
    """Return polygons of 8 or 9 vertices on a grid over the city, in zone X, rounded to mm."""
    random = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(count)))
    index = np.arange(count)
    east = WEST + (index % side + 0.5) * ((EAST - WEST) / side)
    north = SOUTH + (index // side + 0.5) * ((NORTH - SOUTH) / side)
    radius = 0.45 * (EAST - WEST) / side
    vertices = random.integers(8, 10, size=count)
    result = np.empty(count, dtype=object)
    for number in (8, 9):
        chosen = np.flatnonzero(vertices == number)
        shape = (len(chosen), number)
        angle = np.linspace(0, 2 * np.pi, number, endpoint=False) + random.uniform(-0.2, 0.2, shape)
        distance = radius * random.uniform(0.6, 1, shape)
        ring = np.stack(
            [east[chosen, None] + distance * np.cos(angle),
             north[chosen, None] + distance * np.sin(angle)],
            axis=-1,
        ).round(3)  # fmt: skip
        result[chosen] = shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1))
    return result


def write_shapefile(path: Path, shapes: np.ndarray, renamed: np.ndarray) -> None:
    """Write polygons with four fields in CP932; ``renamed`` rows get another name."""
    count = len(shapes)
    names = [f"{NAMES[i % len(NAMES)]}{'改' if renamed[i] else ''}{i}" for i in range(count)]
    table = pa.table(
        {
            "ID": [f"{i:08d}" for i in range(count)],
            "名称": names,
            "面積": np.round(shapely.area(shapes), 2),
            "階数": (np.arange(count) % 7).astype(np.int32),
            "geometry": pa.array(shapely.to_wkb(shapes), pa.binary()),
        }
    )
    pyogrio.write_arrow(
        table,
        path,
        driver="ESRI Shapefile",
        geometry_type="Polygon",
        geometry_name="geometry",
        crs=f"EPSG:{EPSG}",
        encoding="CP932",
    )


class Server:
    """The database server, with databases made for this run."""

    def __init__(self) -> None:
        """Take the server from the project's settings."""
        from django.conf import settings

        found = settings.DATABASES["default"]
        self.options = {
            "host": found["HOST"], "port": str(found["PORT"]), "user": found["USER"],
            "password": found["PASSWORD"],
        }  # fmt: skip
        self.options = {k: v for k, v in self.options.items() if v}

    def libpq(self, name: str) -> str:
        """Return the connection string of a database."""
        return make_conninfo("", dbname=name, **self.options)

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """Return a connection that commits each statement."""
        return psycopg.connect(self.libpq(name), autocommit=True)

    def fresh(self, name: str) -> None:
        """Make a database anew, with PostGIS in it."""
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        with self.connect(name) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")

    def settle(self) -> None:
        """Let the server write what it holds: no run pays for the one before it."""
        with self.connect("postgres") as connection:
            connection.execute("CHECKPOINT")

    def url(self, name: str) -> str:
        """Return DATABASE_URL for a database of this run."""
        from urllib.parse import quote

        o = self.options
        login = quote(o.get("user", "")) + (f":{quote(o['password'])}" if "password" in o else "")
        host, port = quote(o.get("host", ""), safe=""), o.get("port", "")
        return f"postgis://{login}@{host}{f':{port}' if port else ''}/{name}"


# As where the site is installed: Python's bytecode is there, the warm-up's first start makes it.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run(command: list[str], **environment: str) -> tuple[float, float, str]:
    """Run a command; return seconds, the MiB of its largest process, and its output.

    Exit 1 and above ends the benchmark with what the command said.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command, stdout=out, stderr=complaints, env={**_ENVIRONMENT, **environment}
        )
        peak = _Peak(process.pid)
        process.wait()
        seconds = time.perf_counter() - began
        peak.stop()
        for file in (out, complaints):
            file.seek(0)
        said, complained = out.read(), complaints.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{complained}")
    return seconds, peak.kib / 1024, said


class _Peak:
    """Watches a process and what it starts; remembers the most memory any of them held."""

    def __init__(self, pid: int) -> None:
        self.pid, self.kib, self._going = pid, 0, True
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._going = False
        self._thread.join()

    def _watch(self) -> None:
        while self._going:
            for pid in self._family():
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                    line = next(li for li in status.splitlines() if li.startswith("VmHWM"))
                    self.kib = max(self.kib, int(line.split()[1]))
                except (OSError, StopIteration):
                    continue
            time.sleep(0.05)

    def _family(self) -> list[int]:
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    waiting += [int(child) for child in task.read_text().split()]
                except OSError:
                    continue
        return found


def imported(server: Server, database: str, file: Path) -> tuple[float, float, dict[str, int]]:
    """Import a file as a person does; return seconds, MiB of the largest process, and counts."""
    seconds, mib, said = run(
        [sys.executable, "manage.py", "import_file", str(file), "--layer", "polygons",
         "--key", "ID", "--apply", "--json"],
        DATABASE_URL=server.url(database),
    )  # fmt: skip
    return seconds, mib, json.loads(said)["counts"]


def bare_copy(server: Server, database: str) -> float:
    """Copy the imported rows out and into an unlogged table without indexes: the physical limit."""
    with server.connect(database) as connection, tempfile.TemporaryFile() as rows:
        connection.execute(
            "CREATE UNLOGGED TABLE bare AS"
            " SELECT key, name, properties, geom FROM layers_feature LIMIT 0"
        )
        query = "COPY (SELECT key, name, properties, geom FROM layers_feature) TO STDOUT BINARY"
        with connection.cursor().copy(query) as copy:
            for data in copy:
                rows.write(data)
        rows.seek(0)
        server.settle()
        began = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
            while data := rows.read(1_048_576):
                copy.write(data)
        seconds = time.perf_counter() - began
        connection.execute("DROP TABLE bare")
    return seconds


def gist(server: Server, database: str) -> dict[str, float]:
    """Return microseconds a row of a GiST index, row by row and made at once, of imported rows.

    What layers.spatial_index is for: the first less what the same rows cost without an index.
    """
    seconds = {}
    with server.connect(database) as connection:
        for name, indexed in (("bare", False), ("row_by_row", True)):
            connection.execute("CREATE TABLE indexed (geom geometry(Geometry, 4326))")
            if indexed:
                connection.execute("CREATE INDEX indexed_geom ON indexed USING gist (geom)")
            server.settle()
            began = time.perf_counter()
            connection.execute("INSERT INTO indexed SELECT geom FROM layers_feature")
            seconds[name] = time.perf_counter() - began
            if not indexed:
                began = time.perf_counter()
                connection.execute("CREATE INDEX ON indexed USING gist (geom)")
                seconds["at_once"] = time.perf_counter() - began
            (rows,) = connection.execute("SELECT count(*) FROM indexed").fetchone() or (1,)
            connection.execute("DROP TABLE indexed")
    row_by_row = seconds["row_by_row"] - seconds["bare"]
    return {
        "row_by_row": round(row_by_row / rows * 1e6, 1),
        "at_once": round(seconds["at_once"] / rows * 1e6, 1),
    }


def ogr2ogr(server: Server, database: str, file: Path) -> float:
    """Load a file with ogr2ogr, as its documentation recommends for speed; return seconds."""
    seconds, _, _ = run(
        ["ogr2ogr", "-f", "PostgreSQL", f"PG:{server.libpq(database)}", str(file),
         "-t_srs", "EPSG:4326", "-nln", "peer", "-nlt", "PROMOTE_TO_MULTI"],
        PG_USE_COPY="YES",
    )  # fmt: skip
    return seconds


def median(values: list[float]) -> float:
    """Return the median, to the hundredth."""
    return round(statistics.median(values), 2)


def main() -> None:
    """Measure, and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--polygons-only", action="store_true", help="no datum, no screens")
    asked = parser.parse_args()
    import django

    django.setup()
    server = Server()
    peer = subprocess.run(["ogr2ogr", "--version"], capture_output=True, text=True, check=True)
    seconds: dict[str, list[float]] = {
        name: [] for name in ("first", "again", "ogr2ogr", "bare_copy")
    }
    peaks: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        one, two = Path(folder) / "one.shp", Path(folder) / "two.shp"
        shapes, kept = polygons(asked.rows), np.zeros(asked.rows, bool)
        changed = np.arange(asked.rows) % 100 == 7
        moved = shapes.copy()
        moved[changed] = shapely.transform(shapes[changed], lambda points: points + 0.5)
        write_shapefile(one, shapes, kept)
        write_shapefile(two, moved, changed)
        print(f"{asked.rows} polygons, {one.stat().st_size / 1e6:.0f} MB .shp", flush=True)
        # Warm-up: what is on disk comes into memory, for both.
        one.read_bytes(), one.with_suffix(".dbf").read_bytes()
        for number in range(1, asked.runs + 1):
            server.fresh("bench_peer")
            server.settle()
            seconds["ogr2ogr"].append(ogr2ogr(server, "bench_peer", one))
            server.fresh("bench_import")
            run([sys.executable, "manage.py", "migrate"], DATABASE_URL=server.url("bench_import"))
            server.settle()
            took, mib, counts = imported(server, "bench_import", one)
            expected(counts, new=asked.rows)
            seconds["first"].append(took)
            peaks.append(mib)
            seconds["bare_copy"].append(bare_copy(server, "bench_import"))
            server.settle()
            took, mib, counts = imported(server, "bench_import", two)
            expected(counts, changed=int(changed.sum()))
            seconds["again"].append(took)
            peaks.append(mib)
            print(
                f"run {number}: " + ", ".join(f"{k} {v[-1]:.1f} s" for k, v in seconds.items()),
                flush=True,
            )
        index = gist(server, "bench_import")
        for database in ("bench_peer", "bench_import"):
            with server.connect("postgres") as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    first, again = seconds["first"], seconds["again"]
    result: dict[str, Any] = {
        "rows": asked.rows,
        "runs": asked.runs,
        "seconds": {name: median(values) for name, values in seconds.items()},
        "ratio_vs_ogr2ogr": median([a / b for a, b in zip(first, seconds["ogr2ogr"], strict=True)]),
        "ratio_vs_bare_copy": median(
            [a / b for a, b in zip(first, seconds["bare_copy"], strict=True)]
        ),
        "ratio_again_vs_first": median([a / b for a, b in zip(again, first, strict=True)]),
        "peak_mib": round(max(peaks)),
        "gist_us_per_row": index,
        "peer": peer.stdout.strip(),
    }
    if not asked.polygons_only:
        result |= {"datum": part("bench_datum.py"), "screens": part("bench_import_screens.py")}
    print(json.dumps(result, ensure_ascii=False))


def part(script: str) -> dict[str, Any]:
    """Run another of this folder's benchmarks; return what its last line says."""
    done = subprocess.run(
        [sys.executable, PROJECT / "tools" / script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=PROJECT,
        check=False,  # a limit that was missed is told in its last line too
    )
    if not (lines := done.stdout.strip().splitlines()):
        raise SystemExit(f"{script} ended with {done.returncode} and said nothing")
    print("\n".join(lines[:-1]), flush=True)
    return dict(json.loads(lines[-1]))


def expected(counts: dict[str, int], *, new: int = 0, changed: int = 0) -> None:
    """End the benchmark where an import did not do what it was measured for."""
    if (counts["new"], counts["changed"], counts["rejected"]) != (new, changed, 0):
        raise SystemExit(f"not what was to be measured: {counts}")


if __name__ == "__main__":
    main()
