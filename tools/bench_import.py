"""make bench-import: a large import against ogr2ogr and against a bare COPY, in the same run.

Makes a shapefile of polygons (zone X, CP932, 8–9 vertices, 4 fields), imports it the way a person
does (manage.py import_file --apply: read in a child process, check, reproject, stage, compare,
write with its change set and indexes), imports it again with 1 % of its rows changed, and loads the
same file with ogr2ogr. Each in a database of its own on the server of DATABASE_URL. The last line
is one JSON object; docs/benchmarks.md says how to read it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from benchmark import Server, median, part, polygons, run, write_shapefile


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


def expected(counts: dict[str, int], *, new: int = 0, changed: int = 0) -> None:
    """End the benchmark where an import did not do what it was measured for."""
    if (counts["new"], counts["changed"], counts["rejected"]) != (new, changed, 0):
        raise SystemExit(f"not what was to be measured: {counts}")


if __name__ == "__main__":
    main()
