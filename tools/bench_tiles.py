"""make bench-tiles: baking against tipg, serving against nginx, and how soon a change is seen.

Everything on the server of DATABASE_URL, in databases of this run. The last line is one JSON
object; docs/benchmarks.md says how to read it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench_city import city, rebaked
from bench_tipg import against_tipg
from benchmark import PROJECT, Memory, Place, Server, hazard_areas, part

CITY_ROWS = 20_000
"""A layer of the size that a city has."""


def whole_bake(place: Place, slug: str) -> dict[str, Any]:
    """Bake a large layer with all its zooms and details; return seconds and memory."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "bake", "--layer", slug, "--quick"],
        env={**os.environ, **place.environment}, cwd=PROJECT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    began, memory = time.perf_counter(), Memory(process.pid, together=True)
    status = process.wait()
    seconds = time.perf_counter() - began
    memory.stop()
    if status:
        raise SystemExit(f"bake ended with {status}")
    return {"seconds": round(seconds, 1), "peak_mib": round(memory.together),
            "largest_mib": round(memory.largest)}  # fmt: skip


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
                hazard_areas(place, slug, rows, folder)
            if given.only != "tipg":
                result["whole"] = whole_bake(place, "large")
                result["whole"]["after_one_edit_s"] = rebaked(place, "large", 3)
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
