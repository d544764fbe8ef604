"""Whatever is done to a file's bytes, the answer is a result or a refusal, never a crash."""

import json
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importers.messages import message
from importers.problems import FileRefused
from tests.factories.geopackage import write_geopackage
from tests.factories.gml import P20, curve, feature, ksj, point, surface, wfs, written
from tests.factories.kml import AREA, LINE, document, folder, placemark, write_kml
from tests.factories.shapefile import write_shapefile, zipped
from tests.factories.spreadsheet import write_xlsx
from tests.importers.reading import Found, read

DAMAGE = st.lists(
    st.tuples(st.integers(0, 2000), st.sampled_from([0, 1, 7, 34, 44, 65, 127, 128, 200, 255])),
    max_size=6,
)
SLOW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def damaged(data: bytes, changes: list[tuple[int, int]], cut: int) -> bytes:
    result = bytearray(data)
    for position, value in changes:
        result[position % len(result)] = value
    return bytes(result[: len(result) - cut % len(result)])


def answer(path: Path) -> Found | FileRefused:
    """Inspect, and say every sentence that comes of it; anything else raised is the failure."""
    try:
        found = read(path)
    except FileRefused as raised:
        refusal = raised
    else:
        return complete(found)
    assert message(refusal) != refusal.code
    return refusal


def complete(found: Found) -> Found:
    for problem in found.problems:
        assert message(problem) != problem.code
    json.dumps([candidate.properties for candidate in found.candidates], allow_nan=False)
    assert all(candidate.geometry.is_valid for candidate in found.candidates)
    return found


@SLOW
@given(
    part=st.sampled_from([".shp", ".shx", ".dbf", ".prj"]), changes=DAMAGE, cut=st.integers(0, 90)
)
def test_a_damaged_part_of_a_shapefile(
    tmp_path: Path, part: str, changes: list[tuple[int, int]], cut: int
) -> None:
    file = write_shapefile(tmp_path / "set") / f"layer{part}"
    file.write_bytes(damaged(file.read_bytes(), changes, cut))
    answer(tmp_path / "set")


@SLOW
@given(changes=DAMAGE, cut=st.integers(0, 400))
def test_a_damaged_zip(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    path = zipped(write_shapefile(tmp_path / "set"), tmp_path / "a.zip")
    path.write_bytes(damaged(path.read_bytes(), changes, cut))
    answer(path)


@SLOW
@given(
    changes=DAMAGE, cut=st.integers(0, 90), encoding=st.sampled_from(["utf-8", "cp932", "utf-16"])
)
def test_a_damaged_csv(
    tmp_path: Path, changes: list[tuple[int, int]], cut: int, encoding: str
) -> None:
    text = 'ID,名称,住所,緯度,経度\r\n1,図書館,本町1,38.76,140.30\r\n2,"分館",大町2,,\r\n'
    (tmp_path / "a.csv").write_bytes(damaged(text.encode(encoding), changes, cut))
    answer(tmp_path / "a.csv")


XLSX_ROWS = (["名称", "住所", "緯度", "経度"], ["図書館", "本町1", 38.76, 140.3], ["分館", "大町2"])
PARTS = ["xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"]


@SLOW
@given(part=st.sampled_from(["", *PARTS]), changes=DAMAGE, cut=st.integers(0, 400))
def test_a_damaged_workbook(
    tmp_path: Path, part: str, changes: list[tuple[int, int]], cut: int
) -> None:
    """The zip itself, or a part of it that is zipped again whole."""
    path = write_xlsx(tmp_path / "a.xlsx", *XLSX_ROWS)
    if part:
        with zipfile.ZipFile(path) as archive:
            inner = damaged(archive.read(part), changes, cut)
        write_xlsx(path, *XLSX_ROWS, parts={part: inner})
    else:
        path.write_bytes(damaged(path.read_bytes(), changes, cut))
    answer(path)


MARKUP = {
    "a.kml": document(
        folder("北", placemark(data={"定員": "120"}, description="a<br>b")), placemark("線", LINE)
    ),
    "b.kml": document(placemark(shape=AREA)),
    "a.gml": wfs(feature(point())),
    "b.gml": ksj(curve("c1", "38.7 140.3\n38.7 140.4\n38.8 140.4\n38.7 140.3"),
                 surface("pt1", ("c1",)), P20),
}  # fmt: skip


@SLOW
@given(name=st.sampled_from(sorted(MARKUP)), changes=DAMAGE, cut=st.integers(0, 400))
def test_a_damaged_kml_or_gml(
    tmp_path: Path, name: str, changes: list[tuple[int, int]], cut: int
) -> None:
    (tmp_path / name).write_bytes(damaged(MARKUP[name].encode(), changes, cut))
    answer(tmp_path / name)


WORDS = ["140.3", "38.76", ",", " ", "\n", "nan", "1e999", "-", "３", "x", "140.3,38.76", "0"]


@SLOW
@given(st.lists(st.sampled_from(WORDS), max_size=8).map("".join))
def test_any_text_in_the_place_of_coordinates(tmp_path: Path, text: str) -> None:
    shape = f"<LineString><coordinates>{text}</coordinates></LineString>"
    write_kml(tmp_path / "a.kml", placemark(), placemark("線", shape))
    answer(tmp_path / "a.kml")
    place = point(text)
    written(tmp_path / "a.gml", wfs(feature(point()), feature(place, number=2)))
    answer(tmp_path / "a.gml")


@SLOW
@given(
    changes=st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 9_000),
)
def test_a_damaged_geopackage(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    whole = tmp_path / "whole.gpkg"
    if not whole.exists():
        write_geopackage(whole)
    (tmp_path / "a.gpkg").write_bytes(damaged(whole.read_bytes(), changes, cut * (cut % 3 == 0)))
    answer(tmp_path / "a.gpkg")


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
GEOMETRY = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "Geometry"]),
        "coordinates": JSON | st.lists(st.lists(st.floats(), max_size=4), max_size=5),
    }
)


@SLOW
@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.just("Feature"), "properties": JSON, "geometry": GEOMETRY | JSON}
        )
        | JSON,
        max_size=3,
    ),
    JSON,
)
def test_json_of_any_shape_that_claims_to_be_geojson(
    tmp_path: Path, features: list[Any], crs: Any
) -> None:
    good = {
        "type": "Feature",
        "properties": {"name": "図書館"},
        "geometry": {"type": "Point", "coordinates": [140.3, 38.76]},
    }
    document: dict[str, Any] = {"type": "FeatureCollection", "features": [good, *features]}
    if crs is not None:
        document["crs"] = crs
    (tmp_path / "a.geojson").write_text(json.dumps(document), encoding="utf-8")
    answer(tmp_path / "a.geojson")


def test_undamaged_files_are_results(tmp_path: Path) -> None:
    """Negative control: the checks above also see files that are read."""
    folder = write_shapefile(tmp_path / "set")
    paths = [folder, zipped(folder, tmp_path / "a.zip"), write_geopackage(tmp_path / "a.gpkg")]
    paths.append(write_xlsx(tmp_path / "a.xlsx", *XLSX_ROWS))
    paths += [written(tmp_path / name, text) for name, text in MARKUP.items() if name != "a.kml"]
    for path in paths:
        assert isinstance(answer(path), Found)
