"""What the benchmarks share: areas to import, databases of their own, and what a process took."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
        memory = Memory(process.pid)
        process.wait()
        seconds = time.perf_counter() - began
        memory.stop()
        for file in (out, complaints):
            file.seek(0)
        said, complained = out.read(), complaints.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{complained}")
    return seconds, memory.largest, said


class Memory:
    """Watches a process and what it starts: how many MiB they held at most.

    ``largest``: any one of them. ``together``: all at once, shared pages counted once; only where
    it is asked for, since to look at that holds a process up.
    """

    def __init__(self, pid: int, *, together: bool = False) -> None:
        """Begin to watch."""
        self.largest = self.together = 0.0
        self._pid, self._all, self._going = pid, together, True
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._going = False
        self._thread.join()

    def _watch(self) -> None:
        while self._going:
            family = _family(self._pid)
            self.largest = max(self.largest, *(_mib(pid, "status", "VmHWM") for pid in family))
            if self._all:
                now = sum(_mib(pid, "smaps_rollup", "Pss") for pid in family)
                self.together = max(self.together, now)
            time.sleep(0.2 if self._all else 0.05)


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


def _mib(pid: int, file: str, name: str) -> float:
    """Return what a file of /proc says of a process, 0 where the process has gone."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0.0
    found = (int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
    return next(found, 0) / 1024


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


def hazard_areas(place: Place, slug: str, rows: int, folder: Path) -> None:
    """Import areas as a person does, as a layer of hazard areas: nothing of it may be left out."""
    file = folder / f"{slug}.shp"
    write_shapefile(file, polygons(rows), np.zeros(rows, bool))
    place.manage("import_file", str(file), "--layer", slug, "--key", "ID", "--kind", "hazard",
                 "--apply", "--json")  # fmt: skip


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


def median(values: list[float]) -> float:
    """Return the median, to the hundredth."""
    return round(statistics.median(values), 2)
