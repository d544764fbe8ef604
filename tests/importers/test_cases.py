"""The acceptance cases of imports, IM1 to IM7, through the command as a planner runs it."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import call_command
from django.db import connection

from layers.changes import undo
from layers.models import ChangeSet, Feature, Layer
from tests.factories.shapefile import (
    PRJ_4612,
    PRJ_6668,
    Field,
    prj_plane,
    write_shapefile,
    zip_of,
    zipped,
)

pytestmark = pytest.mark.django_db

HEADER = ("ID", "名称", "所在地_連結表記", "緯度", "経度")
ODD_NAMES = ("髙﨑①号館", "№2 ㈱森の家〜")
"""機種依存文字: in CP932, not in JIS X 0208."""


def imported(file: Path, *options: str, layer: str = "places") -> tuple[int, Any, str]:
    """Run the command; return exit code, what --json printed, and stderr."""
    out, errors = io.StringIO(), io.StringIO()
    code: Any = 0
    try:
        call_command(
            "import_file",
            str(file),
            "--layer",
            layer,
            "--json",
            *options,
            stdout=out,
            stderr=errors,
        )
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue()) if out.getvalue() else None, errors.getvalue()


def csv(folder: Path, *rows: Sequence[object], name: str = "places.csv") -> Path:
    path = folder / name
    text = "\n".join(",".join(str(cell) for cell in row) for row in (HEADER, *rows))
    path.write_text(text + "\n", encoding="utf-8")
    return path


def features() -> list[dict[str, Any]]:
    """Return every fact of every feature, the geometry to its last bit."""
    rows = Feature.objects.order_by("pk").values()
    return [
        {**{k: v for k, v in row.items() if k != "updated_at"}, "geom": bytes(row["geom"].ewkb)}
        for row in rows
    ]


def in_zone_x(epsg: int, *points: tuple[float, float]) -> list[shapely.Point]:
    """Return points given in degrees of JGD2011 in another system, computed by PROJ alone."""
    from pyproj import Transformer

    to_plane = Transformer.from_crs(6668, epsg, always_xy=True)
    return [shapely.Point(to_plane.transform(*point)) for point in points]


HERE = ((140.30, 38.76), (140.31, 38.77))


def shapefile_of(folder: Path, epsg: int, *, prj: bool) -> Path:
    plane = epsg in (6678, 2452)
    known = {
        6668: PRJ_6668, 4612: PRJ_4612, 6678: prj_plane(), 2452: prj_plane(datum="2000"),
    }  # fmt: skip
    return write_shapefile(
        folder / str(epsg),
        shapes=in_zone_x(epsg, *HERE) if plane else [shapely.Point(at) for at in HERE],
        rows=[{"名称": name, "番号": n} for n, name in enumerate(ODD_NAMES, start=1)],
        fields=(Field("名称"), Field("番号", "N", 9)),
        encoding="cp932",
        prj=known[epsg] if prj else None,
    )


@pytest.mark.parametrize("epsg", [6668, 4612, 6678, 2452])
def test_im1_a_cp932_shapefile_of_zone_x_comes_in_by_its_prj(tmp_path: Path, epsg: int) -> None:
    code, told, _ = imported(shapefile_of(tmp_path, epsg, prj=True), "--key", "番号", "--apply")
    assert (code, told["crs"]["epsg"], told["encoding"]["name"]) == (0, epsg, "cp932")
    assert {f.name.replace("～", "〜") for f in Feature.objects.all()} == set(ODD_NAMES)
    for feature, (lon, lat) in zip(Feature.objects.order_by("key"), HERE, strict=True):
        # JGD2000 lies some two metres off without GSI's grid, never the 440 m of Tokyo Datum.
        assert feature.geom.distance(shapely_point(lon, lat)) < 3e-5


def shapely_point(lon: float, lat: float) -> Any:
    from django.contrib.gis.geos import Point

    return Point(lon, lat, srid=4326)


def test_im1_without_a_prj_the_zone_is_found_and_the_datum_is_asked_for(tmp_path: Path) -> None:
    file = shapefile_of(tmp_path, 6678, prj=False)
    code, told, errors = imported(file, "--key", "番号", "--apply")
    assert (code, told["problems"][0]["code"]) == (2, "crs_missing")
    for candidate in ("6678", "2452", "30170"):
        assert candidate in errors
    assert not Layer.objects.exists()
    code, told, _ = imported(file, "--key", "番号", "--apply", "--crs", "6678")
    assert (code, told["counts"]["new"]) == (0, 2)
    assert Feature.objects.get(key="1").geom.coords == pytest.approx(HERE[0], abs=1e-7)


def test_im2_the_same_file_twice_changes_nothing_and_is_known_again(tmp_path: Path) -> None:
    file = zipped(shapefile_of(tmp_path, 6678, prj=True), tmp_path / "places.zip")
    first = imported(file, "--key", "番号", "--apply")[1]
    before, version = features(), Layer.objects.get().version
    code, told, _ = imported(file, "--apply")
    assert (code, told["change_set"]) == (0, None)
    assert told["counts"] == {
        "read": 2, "new": 0, "changed": 0, "unchanged": 2, "missing": 0, "rejected": 0,
    }  # fmt: skip
    assert told["already_imported"] is not None
    assert first["already_imported"] is None
    assert (features(), Layer.objects.get().version) == (before, version)
    out = io.StringIO()
    call_command("import_file", str(file), "--layer", "places", "--language", "en", stdout=out)
    assert "imported before" in out.getvalue()


def test_im3_what_the_dry_run_shows_is_what_is_applied(tmp_path: Path) -> None:
    imported(
        csv(
            tmp_path, ("1", "図書館", "本町1", 38.76, 140.30), ("2", "体育館", "", 38.77, 140.30),
            ("3", "公民館", "", 38.78, 140.30), ("4", "美術館", "", 38.79, 140.30),
        ),
        "--apply",
    )  # fmt: skip
    second = csv(
        tmp_path, ("1", "市立図書館", "本町1", 38.76, 140.30), ("2", "体育館", "", 38.775, 140.30),
        ("3", "公民館", "", 38.78, 140.30), ("5", "新館", "", 38.75, 140.30),
    )  # fmt: skip
    before = features()
    dry = imported(second, "--remove-missing")[1]
    assert features() == before
    wet = imported(second, "--remove-missing", "--apply")[1]
    applied = ChangeSet.objects.get(pk=wet["change_set"])
    assert dry["difference"] == wet["difference"]
    for verdict, operation in (("new", "insert"), ("changed", "update"), ("missing", "delete")):
        assert dry["counts"][verdict] == applied.counts[operation]
    assert applied.changes.count() == 4
    assert {m["key"] for m in dry["missing"]} == {"4"}


def booked(key: str) -> None:
    """Hang a booking on a place, by a real foreign key of another app's table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bookings (place bigint NOT NULL REFERENCES layers_feature)"
        )
        cursor.execute("INSERT INTO bookings SELECT id FROM layers_feature WHERE key = %s", [key])


def booked_places() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT f.key FROM bookings b JOIN layers_feature f ON f.id = b.place")
        return [row[0] for row in cursor.fetchall()]


def test_im4_undo_restores_ids_and_bookings_keep_pointing_at_the_same_place(
    tmp_path: Path,
) -> None:
    imported(
        csv(tmp_path, ("1", "図書館", "", 38.76, 140.3), ("2", "体育館", "", 38.77, 140.3)),
        "--apply",
    )
    booked("1")
    before = features()
    told = imported(
        csv(tmp_path, ("1", "中央図書館", "", 38.7, 140.2), ("9", "新館", "", 38.7, 140.3)),
        "--remove-missing",
        "--apply",
    )[1]
    assert [f["key"] for f in features()] == ["1", "9"]
    assert booked_places() == ["1"]
    undo(ChangeSet.objects.get(pk=told["change_set"]))
    assert features() == before
    assert booked_places() == ["1"]


def test_im5_a_row_that_is_gone_from_the_file_stays_where_something_hangs_on_it(
    tmp_path: Path,
) -> None:
    rows = [(n, f"場所{n}", "", 38.7 + n / 100, 140.3) for n in range(1, 5)]
    imported(csv(tmp_path, *rows), "--apply")
    booked("3")
    file = csv(tmp_path, rows[0])
    dry = imported(file, "--remove-missing")[1]
    assert (dry["counts"]["missing"], dry["difference"]["hanging"]) == (3, 1)
    assert [m["key"] for m in dry["missing"] if m["hanging"] == ["bookings"]] == ["3"]
    out = io.StringIO()
    call_command(
        "import_file", str(file), "--layer", "places", "--remove-missing", "--language", "en",
        stdout=out,
    )  # fmt: skip
    assert "2 removed, 1 kept because they are in use" in out.getvalue()
    assert "3 場所3 stays: in use (bookings)" in out.getvalue()

    told = imported(file, "--apply")[1]
    assert Feature.objects.count() == 4, "removing is only done when asked for"
    told = imported(file, "--remove-missing", "--apply")[1]
    assert (told["counts"]["removed"], told["counts"]["kept"]) == (2, 1)
    assert [m["key"] for m in told["missing"]] == ["3"]
    assert set(Feature.objects.values_list("key", flat=True)) == {"1", "3"}
    undo(ChangeSet.objects.get(pk=told["change_set"]))
    assert set(Feature.objects.values_list("key", flat=True)) == {"1", "2", "3", "4"}


def test_im6_an_outline_that_crosses_itself_is_repaired_and_reported(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(140.30, 38.76), (140.31, 38.77), (140.31, 38.76), (140.30, 38.77)])
    square = shapely.box(140.32, 38.76, 140.33, 38.77)
    file = write_shapefile(tmp_path / "areas", shapes=[bow_tie, square])
    code, told, _ = imported(file, "--key", "番号", "--apply", layer="areas")
    assert code == 0
    repaired = [p for p in told["problems"] if p["code"] == "polygon_repaired"]
    assert [p["row"] for p in repaired] == [1]
    feature = Feature.objects.get(key="1")
    assert feature.geom.valid
    # Both triangles are kept: half of the square they stand in.
    assert feature.geom.area == pytest.approx(0.01 * 0.01 / 2, rel=1e-3)


def hostile(code: str, folder: Path) -> Path:
    """Return a file of an attack, by the code of its refusal."""
    if code == "zip_too_big":
        bomb = zip_of({"places.csv": bytes(300 * 1_048_576)}, folder / "bomb.zip")
        assert bomb.stat().st_size < 1_048_576
        return bomb
    if code == "zip_unsafe":
        return zip_of({"../../places.csv": b"ID\n1\n"}, folder / "traversal.zip")
    huge = folder / "huge.csv"
    with huge.open("wb") as sink:
        sink.write(b"\x7fELF")
        sink.truncate(200 * 1_048_576)
    return huge


@pytest.mark.parametrize("code", ["zip_too_big", "zip_unsafe", "unknown_format"])
def test_im7_a_bomb_a_traversal_and_a_huge_file_of_nothing_are_refused_politely(
    tmp_path: Path, code: str
) -> None:
    exit_code, told, errors = imported(hostile(code, tmp_path), "--apply")
    assert (exit_code, told["problems"][0]["code"]) == (2, code)
    assert errors.strip() == told["problems"][0]["message"]
    assert "Traceback" not in errors
    assert not (tmp_path.parent / "places.csv").exists()
    assert Layer.objects.count() == Feature.objects.count() == 0
