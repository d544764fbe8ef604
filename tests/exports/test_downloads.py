"""All downloads of a layer together: what is there, always the same, in bounded memory."""

import gzip
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pyogrio
import pytest
from django.db import connection

from layers.changes import recording, undo
from layers.exports import geopackage
from layers.exports.downloads import Download, written
from layers.models import ChangeSet, Layer
from layers.publish.tree import digest_of
from tests.exports.test_round_trip import AREAS, drawn
from tests.exports.written import downloads, features, imported
from tests.factories import places

pytestmark = pytest.mark.django_db


def test_every_format_is_there_with_what_a_catalogue_says_of_it(tmp_path: Path) -> None:
    layer = places.layer()
    places.feature(layer)
    found = written(layer, tmp_path)
    assert [(each.name, each.format, each.encoding, each.crs) for each in found] == [
        ("places.geojson", "geojson", "utf-8", "OGC:CRS84"),
        ("places.csv", "csv", "utf-8", "EPSG:6668"),
        ("places.gpkg", "gpkg", "utf-8", "EPSG:6668"),
        ("places.kml", "kml", "utf-8", "EPSG:4326"),
        ("places-cp932.zip", "shapefile", "cp932", "EPSG:6668"),
        ("places-utf8.zip", "shapefile", "utf-8", "EPSG:6668"),
    ]
    for each in found:
        assert each.bytes == (tmp_path / each.name).stat().st_size > 0
    assert isinstance(found[0], Download)


def test_nothing_else_is_left_in_the_folder_but_compressed_twins(tmp_path: Path) -> None:
    layer = places.layer()
    places.feature(layer)
    names = {each.name for each in written(layer, tmp_path)}
    twins = {"places.geojson.gz", "places.csv.gz", "places.kml.gz"}
    assert {path.name for path in tmp_path.iterdir()} == names | twins
    for twin in twins:
        plain = (tmp_path / twin).with_suffix("")
        assert gzip.decompress((tmp_path / twin).read_bytes()) == plain.read_bytes()


def test_a_staff_layer_is_written_as_any_other(tmp_path: Path) -> None:
    layer = places.layer(visibility=Layer.Visibility.STAFF)
    places.feature(layer)
    assert len(downloads(layer, tmp_path)) == 6


@pytest.mark.parametrize("geometry", ["point", "line", "polygon"])
def test_an_empty_layer_has_every_download_without_a_row(tmp_path: Path, geometry: str) -> None:
    layer = places.layer(geometry_type=geometry, schema=[{"name": "名称", "type": "text"}])
    found = downloads(layer, tmp_path)
    assert set(found) == {"geojson", "csv", "gpkg", "kml", "cp932", "utf-8"}
    for kind in ("geojson", "gpkg"):
        assert pyogrio.read_info(found[kind], force_feature_count=True)["features"] == 0
    for kind in ("cp932", "utf-8"):
        read = pyogrio.read_info(f"/vsizip/{found[kind]}", force_feature_count=True)
        assert read["features"] == 0


def written_digest(layer: Layer, folder: Path) -> str:
    downloads(layer, folder)
    return digest_of(folder)


def test_the_same_content_is_the_same_file_whenever_it_is_written(tmp_path: Path) -> None:
    layer = drawn("polygon", AREAS)
    first = written_digest(layer, tmp_path / "1")
    time.sleep(2.1)  # a zip's clock ticks every two seconds
    assert written_digest(layer, tmp_path / "2") == first


def test_without_the_care_for_times_it_would_be_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geopackage, "_forget_time", lambda path: None)
    layer = drawn("polygon", AREAS)
    first = written_digest(layer, tmp_path / "1")
    time.sleep(1.1)
    assert written_digest(layer, tmp_path / "2") != first


def test_an_undone_change_leads_back_to_the_very_files_from_before_it(tmp_path: Path) -> None:
    layer = drawn("polygon", AREAS)
    before = written_digest(layer, tmp_path / "1")
    with recording(layer, "edit"):
        first = features(layer)[0]
        first.name = "別の名前"
        first.save()
    changed = ChangeSet.objects.latest("pk")
    assert written_digest(layer, tmp_path / "2") != before
    undo(changed)
    assert written_digest(layer, tmp_path / "3") == before


def test_no_setting_of_gdal_is_left_behind(tmp_path: Path) -> None:
    names = ("OGR_CURRENT_DATE", "SHAPE_ENCODING", "OGR_SQLITE_SYNCHRONOUS", "SHAPE_RESTORE_SHX")
    before = [pyogrio.get_gdal_config_option(name) for name in names]
    layer = places.layer()
    places.feature(layer)
    downloads(layer, tmp_path)
    assert [pyogrio.get_gdal_config_option(name) for name in names] == before == [None] * 4


def test_columns_that_only_some_features_have_are_in_every_download(tmp_path: Path) -> None:
    """What was edited by hand and is not in the schema is data all the same."""
    layer = places.layer(schema=[{"name": "甲", "type": "text"}], source_date=date(2026, 4, 1))
    places.feature(layer, "1", properties={"甲": "1"})
    places.feature(layer, "2", properties={"乙": "二"})
    found = downloads(layer, tmp_path)
    for kind in ("geojson", "gpkg"):
        rows = pyogrio.read_arrow(found[kind])[1].to_pylist()
        assert [(row["甲"], row["乙"]) for row in rows] == [("1", None), (None, "二")]
    again = imported(found["csv"], "again", "--key", "ID")
    assert [f.properties["乙"] for f in features(again)] == [None, "二"]


_MEASURED = """
import sys
import django
django.setup()
from pathlib import Path
from layers.exports import content
from layers.exports.downloads import written
from layers.models import Layer
content.ROWS, content.BYTES = int(sys.argv[2]), int(sys.argv[3])
written(Layer.objects.get(slug="areas"), Path(sys.argv[1]))
status = Path("/proc/self/status").read_text()
print(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
"""
_FILL = """
    INSERT INTO layers_feature (layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT %s, i::text, '区域' || i, '', '', '',
           jsonb_build_object('番号', i, '説明', repeat('文', 200)), 'surveyed',
           ST_SetSRID(ST_Buffer(ST_Point(140.2 + i * 1e-6, 38.7), 8e-5, 8), 4326), now()
    FROM generate_series(1, %s) i
"""


def peak_mib(folder: Path, rows: int, size: int) -> float:
    """Return the most memory of a process that writes the layer in batches of this size."""
    folder.mkdir()
    name = str(connection.settings_dict["NAME"])
    url = os.environ.get("DATABASE_URL") or Path(".local/database-url").read_text().strip()
    environment = {
        **os.environ,
        "DATABASE_URL": f"{url.rpartition('/')[0]}/{name}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(Path.cwd()),
    }
    command = [sys.executable, "-c", _MEASURED, str(folder), str(rows), str(size)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_memory_is_bounded_by_the_batch_and_not_by_the_layer(tmp_path: Path) -> None:
    layer = places.layer("areas", geometry_type="polygon")
    with recording(layer, "import"), connection.cursor() as cursor:
        cursor.execute(_FILL, [layer.pk, 40_000])
    bounded = peak_mib(tmp_path / "a", 2_000, 4 << 20)
    assert bounded < 512
    assert peak_mib(tmp_path / "b", 10**9, 1 << 40) > bounded + 50, "the bound does nothing"
