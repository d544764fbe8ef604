"""The process that reads files: what it can't do, and what is said when it ends badly."""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely

from importers import child
from importers.child import Limits, examined
from importers.options import ImportOptions
from importers.problems import FileRefused, Problem
from tests.factories.shapefile import write_shapefile
from tests.importers.cities import SHINJO

PROJECT = Path(__file__).resolve().parents[2]


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.total, self.bytes, self.count = 0, 0, 0
        self.problems: list[Problem] = []

    def expect(self, total: int) -> None:
        self.total = total

    def rows(self, data: bytes | memoryview, count: int) -> None:
        self.bytes += len(data)
        self.count += count

    def tell(self, problems: list[Problem]) -> None:
        self.problems += problems


def in_child(code: str) -> str:
    """Run Python with a child's environment and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=child._environment("/tmp"),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def refused(path: Path, **limits: int) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        examined(path, ImportOptions(), SHINJO, Kept(), Limits(**limits))
    return refusal.value


def test_rows_problems_and_record_arrive(tmp_path: Path) -> None:
    kept = Kept()
    record = examined(write_shapefile(tmp_path / "set"), ImportOptions(), SHINJO, kept)
    assert (record["counts"], record["crs"]["epsg"]) == ({"read": 2, "rejected": 0}, 6668)
    assert (kept.total, kept.count) == (2, 2)
    assert kept.bytes > 100
    assert [problem.code for problem in kept.problems] == []


def test_a_child_knows_neither_password_nor_django(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgis://somebody:secret@host/db")
    monkeypatch.setenv("SECRET_KEY", "secret")
    said = in_child(
        "import importers.inspect, os, sys;"
        "print('secret' in str(os.environ), any(m.startswith('django') for m in sys.modules))"
    )
    assert said == "False False"


def test_gdal_opens_nothing_that_leads_elsewhere_in_a_child(tmp_path: Path) -> None:
    hidden = write_shapefile(tmp_path / "hidden") / "layer.shp"
    trap = tmp_path / "trap.vrt"
    trap.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="layer"><SrcDataSource>{hidden}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    look = f"import pyogrio; print(len(pyogrio.list_layers({str(trap)!r})))"
    with pytest.raises(subprocess.CalledProcessError):
        in_child(look)
    drivers = in_child("import pyogrio; print(','.join(sorted(pyogrio.list_drivers())))")
    assert set(drivers.split(",")) == child.DRIVERS
    # Without the guard the trap leads to the file.
    free = {k: v for k, v in os.environ.items() if k != "GDAL_SKIP"}
    done = subprocess.run(
        [sys.executable, "-c", look], env=free, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"


def test_a_file_that_needs_too_much_memory_is_refused_by_the_limit(tmp_path: Path) -> None:
    def table(name: str, rows: int) -> Path:
        lines = (f"{i},{'あ' * 300},38.76,{140.3 + i / 1e6:.6f}" for i in range(rows))
        path = tmp_path / name
        path.write_text("\n".join(["ID,名称,緯度,経度", *lines]), encoding="utf-8")
        return path

    big = table("big.csv", 40_000)
    refusal = refused(big, memory=300)
    assert (refusal.code, refusal.params) == ("reader_memory", {"limit": 300})
    # It is the file: a small one is read within the same limit, and the same with more room.
    for path, memory in ((table("small.csv", 10), 300), (big, 2048)):
        kept = Kept()
        record = examined(path, ImportOptions(), SHINJO, kept, Limits(memory=memory))
        assert record["counts"]["read"] == kept.count > 0


def test_a_child_writes_no_more_than_it_may(tmp_path: Path) -> None:
    points = [shapely.Point(140.30 + i / 1e6, 38.76) for i in range(40_000)]
    rows = [{"名称": f"場所{i}"} for i in range(len(points))]
    path = write_shapefile(tmp_path / "set", shapes=points, rows=rows)
    assert refused(path, file=1).code == "reader_disk"
    kept = Kept()
    examined(path, ImportOptions(), SHINJO, kept, Limits(file=16))
    assert kept.count == len(points)


def test_a_child_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_shapefile(tmp_path / "set")
    assert refused(path, seconds=0).code == "reader_slow"


def test_a_child_that_dies_says_so_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(FileRefused) as refusal:
        examined(_Bomb(), ImportOptions(), SHINJO, Kept())  # type: ignore[arg-type]
    assert refusal.value.code == "reader_died"
    assert list(tmp_path.iterdir()) == []


class _Bomb:
    """Something that kills the process which reads it."""

    name = "bomb"

    def __reduce__(self) -> tuple[Any, ...]:
        return os.abort, ()


def test_a_sink_that_raises_ends_the_child(tmp_path: Path) -> None:
    class Refusing(Kept):
        def expect(self, total: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examined(write_shapefile(tmp_path / "set"), ImportOptions(), SHINJO, Refusing())
    assert not [line for line in _processes() if "importers.reading" in line]


def _processes() -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if parent == str(os.getpid()):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def test_the_question_is_the_only_pickle(tmp_path: Path) -> None:
    """What a hostile file made of the child can't become code in the parent."""
    source = (PROJECT / "importers" / "child.py").read_text(encoding="utf-8")
    assert "pickle.load" not in source
    assert pickle.dumps(SHINJO)


def test_threads_ask_for_the_citys_area_without_harm() -> None:
    """GEOS crashes where two threads share one prepared geometry; each has its own."""
    code = """
import numpy as np, shapely
from concurrent.futures import ThreadPoolExecutor
from importers.position import away_from_city
from tests.importers.cities import BoxCity
area = shapely.Point(140.3, 38.76).buffer(0.1, quad_segs=5000)
x, y = np.random.default_rng(1).uniform((140.1, 38.6), (140.5, 38.9), (20000, 2)).T
shapes = shapely.buffer(shapely.points(x, y), 0.002, quad_segs=2)
expected = ~shapely.intersects(area, shapes)
class Round(BoxCity):
    boundary = area
for _ in range(5):
    city = Round((140, 38, 141, 39), 10, {})
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: away_from_city(shapes, city), range(8)):
            assert (found == expected).all()
print("well")
"""
    assert in_child(code) == "well"
