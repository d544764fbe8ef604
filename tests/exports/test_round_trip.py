"""Every download comes back through the project's own importer as the same features."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.changes import recording
from layers.models import Feature, Layer
from tests.exports.written import downloads, features, imported, previewed
from tests.factories import places

pytestmark = pytest.mark.django_db

DEMO = Path("cities/shinjo/demo")
WITH_SHAPE = ("geojson", "gpkg", "cp932", "utf-8", "kml")
EVERY = ("csv", *WITH_SHAPE)
NEAR = 1e-8
"""Degrees: 1 mm."""


def shapes(found: Sequence[Feature]) -> list[shapely.Geometry]:
    return [shapely.from_wkb(bytes(feature.geom.wkb)) for feature in found]


def same_places(one: Sequence[Feature], other: Sequence[Feature]) -> bool:
    """Say whether two lists have the same names and geometries, in the same order."""
    assert [feature.name for feature in one] == [feature.name for feature in other]
    pairs = zip(shapes(one), shapes(other), strict=True)
    return all(
        shapely.equals_exact(shapely.normalize(a), shapely.normalize(b), NEAR) for a, b in pairs
    )


@pytest.mark.parametrize("kind", EVERY)
def test_a_sheet_comes_back_with_names_places_and_keys(tmp_path: Path, kind: str) -> None:
    layer = imported(DEMO / "emergency-sites.csv", "sites", "--key", "ID")
    file = downloads(layer, tmp_path)[kind]
    again = imported(file, "again", "--key", "ID")
    assert same_places(features(layer), features(again))
    assert [f.key for f in features(layer)] == [f.key for f in features(again)]
    assert [f.address for f in features(layer)] == [f.address for f in features(again)]


def test_the_comparison_of_places_can_fail(tmp_path: Path) -> None:
    layer = places.layer()
    one = places.feature(layer, at=(140.3, 38.76))
    with recording(layer, "edit"):
        moved = Feature(layer=layer, key="2", name=one.name, geom="SRID=4326;POINT(140.3 38.76001)")
        moved.save()
    assert not same_places([one], [moved])


@pytest.mark.parametrize("slug", ["emergency-sites", "shelters", "schools", "rooms"])
def test_what_was_imported_as_a_sheet_comes_out_cell_by_cell(tmp_path: Path, slug: str) -> None:
    file = DEMO / f"{slug}.csv"
    layer = imported(file, slug, "--key", "ID")
    written = downloads(layer, tmp_path)["csv"].read_text(encoding="utf-8-sig")
    assert written == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_a_sheet_that_comes_back_into_its_own_layer_changes_no_cell(
    tmp_path: Path, kind: str
) -> None:
    layer = imported(DEMO / "shelters.csv", "shelters", "--key", "ID")
    told = previewed(downloads(layer, tmp_path)[kind], "shelters")
    columns = {each["name"] for each in told["difference"]["columns"]}
    assert columns <= {"id"}, "only GeoJSON's own id is new"
    assert told["counts"]["new"] == told["counts"]["missing"] == 0


def test_the_apostrophe_of_a_guarded_cell_is_all_that_a_round_trip_adds(tmp_path: Path) -> None:
    layer = imported(DEMO / "rooms.csv", "rooms", "--key", "ID")
    with recording(layer, "edit"):
        first = features(layer)[0]
        first.properties["備考"] = "=1+1"
        first.save()
    told = previewed(downloads(layer, tmp_path)["csv"], "rooms")
    assert told["difference"]["columns"] == [{"kind": "column", "name": "備考", "count": 1}]


AREAS = tuple(
    shapely.union_all([shapely.Polygon(outer, holes) for outer, holes in parts]).wkt
    for parts in (
        [(shapely.box(140.30, 38.70, 140.31, 38.71).exterior.coords,
          [shapely.box(140.302, 38.702, 140.304, 38.704).exterior.coords])],
        [([(140.32, 38.70), (140.33, 38.70), (140.33, 38.71)], []),
         ([(140.34, 38.70), (140.35, 38.70), (140.35, 38.71)],
          [[(140.345, 38.701), (140.348, 38.701), (140.348, 38.704)]])],
    )
)  # fmt: skip
"""One with a hole, one of two parts."""
LINES = (
    "LINESTRING(140.30 38.70, 140.31 38.71)",
    "MULTILINESTRING((140.30 38.72, 140.31 38.72),(140.32 38.72, 140.33 38.73))",
)
POINTS = ("POINT(140.3 38.76)", "MULTIPOINT((140.31 38.76),(140.32 38.77))")


def drawn(kind: str, wkts: Sequence[str]) -> Layer:
    """Return a layer as a person draws it: no column of any source."""
    layer = places.layer("drawn", geometry_type=kind, attribution="新庄市", licence="CC BY 4.0")
    for number, wkt in enumerate(wkts, start=1):
        places.feature(layer, f"K{number}", wkt, name=f"区域{number}", address="本町1")
    return layer


@pytest.mark.parametrize("kind", WITH_SHAPE)
@pytest.mark.parametrize(
    ("geometry", "wkts"),
    [("polygon", AREAS), ("polygon", AREAS[:1]), ("line", LINES), ("point", POINTS)],
)
def test_what_was_drawn_by_hand_comes_back(
    tmp_path: Path, kind: str, geometry: str, wkts: Sequence[str]
) -> None:
    layer = drawn(geometry, wkts)
    again = imported(downloads(layer, tmp_path)[kind], "again", "--key", "ID")
    before, after = features(layer), features(again)
    assert [f.name for f in before] == [f.name for f in after]
    assert [f.key for f in before] == [f.key for f in after]
    assert [f.address for f in before] == [f.address for f in after]
    for one, other in zip(shapes(before), shapes(after), strict=True):
        assert shapely.symmetric_difference(one, other).area < 1e-12
        assert shapely.hausdorff_distance(one, other) < NEAR


@pytest.mark.parametrize(("geometry", "wkts"), [("polygon", AREAS), ("line", LINES)])
def test_a_table_of_areas_or_lines_has_a_point_on_each(
    tmp_path: Path, geometry: str, wkts: Sequence[str]
) -> None:
    layer = drawn(geometry, wkts)
    again = imported(downloads(layer, tmp_path)["csv"], "again", "--key", "ID")
    assert [f.key for f in features(again)] == ["K1", "K2"]
    on = shapely.dwithin(np.array(shapes(features(layer))), np.array(shapes(features(again))), NEAR)
    assert on.all()


def test_a_point_known_by_its_town_comes_back_as_no_more_than_that(tmp_path: Path) -> None:
    layer = imported(DEMO / "heritage.csv", "heritage", "--key", "ID")
    known = [f.provenance for f in features(layer)]
    assert "address_town" in known
    again = imported(downloads(layer, tmp_path)["csv"], "again", "--key", "ID")
    assert [f.provenance for f in features(again)] == known
    assert same_places(features(layer), features(again))
