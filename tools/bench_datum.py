"""Measure the datum steps over the city's whole area: how far, how exact, how fast.

    bench_datum.py [--grids FOLDER] [--city city.toml] [--points N] [--timed N]

Prints the shift between the datums, what is lost without GSI's grids, and points a second; the last
line is one JSON object. Needs neither Django nor a database.
"""

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Geod, Transformer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gis_portal.city import City, city_file, load_city
from importers import grids
from importers.datum import Points, steps
from importers.systems import GEOGRAPHIC, PLANE_ZONE_I

ROOT = Path(__file__).resolve().parent.parent
GEOD = Geod(ellps="GRS80")
BATCH = 50_000


def points_of(city: City, count: int) -> Points:
    """Return points (degrees) spread over the city's area."""
    west, south, east, north = city.bbox
    rng = np.random.default_rng(1)
    drawn: Points = rng.uniform((west, south), (east, north), (count * 3, 2))
    shapely.prepare(city.boundary)
    return drawn[shapely.contains_xy(city.boundary, drawn)][:count]


def apart(one: Points, other: Points) -> dict[str, float]:
    """Return distances in metres and azimuths in degrees from one set of points to another."""
    azimuth, _, metres = GEOD.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    azimuth = np.asarray(azimuth) % 360
    return {
        "min_m": round(float(metres.min()), 3),
        "mean_m": round(float(metres.mean()), 3),
        "max_m": round(float(metres.max()), 3),
        "azimuth_min": round(float(azimuth.min()), 1),
        "azimuth_max": round(float(azimuth.max()), 1),
    }


def converted(points: Points, epsg: int, folder: Path | None) -> Points:
    """Return points in stored degrees."""
    return steps(epsg, (*points.min(axis=0), *points.max(axis=0)), folder).apply(points)


def speed(points: Points, epsg: int, folder: Path | None) -> dict[str, float]:
    """Return points a second in batches: by one thread, by two, and the time to decide the way."""
    box = (*points.min(axis=0), *points.max(axis=0))
    start = time.perf_counter()
    plan = steps(epsg, box, folder)
    decided = time.perf_counter() - start
    batches = [points[n : n + BATCH] for n in range(0, len(points), BATCH)]

    def run(workers: int) -> float:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(plan.apply, batches[:workers]))  # each thread makes its transformation
            begun = time.perf_counter()
            list(pool.map(plan.apply, batches))
            return round(len(points) / (time.perf_counter() - begun))

    one = max(run(1) for _ in range(3))
    two = max(run(2) for _ in range(3))
    return {"points_per_s": one, "two_threads": two, "plan_ms": round(decided * 1000, 1)}


def measured(city: City, folder: Path | None, count: int, timed: int) -> dict[str, Any]:
    """Return all figures."""
    points = points_of(city, count)
    found: dict[str, Any] = {
        "points": len(points),
        "grids": {
            kind.name: (path.name if (path := grids.file_of(folder, kind)) else None)
            for kind in grids.KINDS
        },
    }
    tokyo, jgd2000 = GEOGRAPHIC["Tokyo"], GEOGRAPHIC["JGD2000"]
    if (path := grids.file_of(folder, grids.TOKYO)) is not None:
        box = (*points.min(axis=0), *points.max(axis=0))
        to_2000, _ = grids.window(path, grids.TOKYO, box).moved(points)
        start, end = (np.array([place]) for place in grids.CHECK_POINT)
        checked, _ = grids.window(path, grids.TOKYO, (*start[0], *start[0])).moved(start)
        found |= {
            "check_point_off_mm": round(float(GEOD.inv(*checked[0], *end[0])[2]) * 1000, 3),
            "tokyo_to_2000": apart(points, to_2000),
        }
    if all(found["grids"].values()):
        whole = converted(points, tokyo, folder)
        moved = converted(to_2000, jgd2000, folder)
        found |= {
            "2000_to_2011": apart(to_2000, moved),
            "tokyo_to_2011": apart(points, whole),
            "without_grids": {
                "tokyo": apart(converted(points, tokyo, None), whole),
                "jgd2000": apart(converted(to_2000, jgd2000, None), moved),
                "tokyo_unconverted": apart(points, whole),
            },
        }
    found["speed"] = {}
    for datum, first in PLANE_ZONE_I.items():
        epsg = first + city.zone - 1
        there = Transformer.from_crs(GEOGRAPHIC[datum], epsg, always_xy=True)
        plane = np.column_stack(there.transform(points[:, 0], points[:, 1]))
        many = np.tile(plane, (max(1, timed // len(plane)), 1))
        found["speed"][str(epsg)] = speed(many, epsg, folder)
    degrees = np.tile(points, (max(1, timed // len(points)), 1))
    found["speed"][str(tokyo)] = speed(degrees, tokyo, folder)
    return found


def main() -> None:
    """Measure and print."""
    default = os.environ.get("DATUM_GRIDS") or ROOT / ".local" / "grids"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grids", type=Path, default=Path(default))
    parser.add_argument("--city", default=os.environ.get("CITY"))
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--timed", type=int, default=1_000_000, metavar="N")
    asked = parser.parse_args()
    city = load_city(city_file(asked.city, ROOT / "cities"))
    found = measured(city, asked.grids, asked.points, asked.timed)
    for name, values in found.items():
        if not isinstance(values, dict):
            print(f"{name}: {values}")
            continue
        print(f"{name}:")
        for key, value in values.items():
            print(f"    {key}: {value}")
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
