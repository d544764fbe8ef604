"""GeoJSON: RFC 7946, and what the file says of itself."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.exports.written import downloads, features, imported
from tests.factories import places

pytestmark = pytest.mark.django_db

CLOCKWISE = "POLYGON((140.3 38.7, 140.3 38.8, 140.4 38.8, 140.4 38.7, 140.3 38.7))"


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_file_says_what_it_is_and_whose(tmp_path: Path) -> None:
    layer = places.layer(
        attribution="新庄市", licence="CC BY 4.0", source_date=date(2026, 4, 1), sample=True
    )
    places.feature(layer, "1", (140.3, 38.7))
    places.feature(layer, "2", (140.4, 38.8))
    found = document(downloads(layer, tmp_path)["geojson"])
    assert found["title"] == {"ja": "placesの地図", "en": "Map of places"}
    assert (found["attribution"], found["licence"]) == ("新庄市", "CC BY 4.0")
    assert (found["source_date"], found["sample"]) == ("2026-04-01", True)
    assert found["bbox"] == [140.3, 38.7, 140.4, 38.8]
    assert "crs" not in found, "RFC 7946, 4: removed"


def test_what_is_not_known_is_null_and_not_a_guess(tmp_path: Path) -> None:
    found = document(downloads(places.layer(), tmp_path)["geojson"])
    assert (found["licence"], found["attribution"], found["source_date"]) == (None, None, None)
    assert found["features"] == []


def test_outer_rings_run_counter_clockwise(tmp_path: Path) -> None:
    layer = places.layer(geometry_type="polygon")
    places.feature(layer, at=CLOCKWISE)
    assert not shapely.from_wkt(CLOCKWISE).exterior.is_ccw
    (feature,) = document(downloads(layer, tmp_path)["geojson"])["features"]
    assert shapely.LinearRing(feature["geometry"]["coordinates"][0]).is_ccw


def test_a_feature_has_its_permanent_id_and_values_of_their_type(tmp_path: Path) -> None:
    layer = places.layer(schema=[{"name": "定員", "type": "integer"}])
    made = places.feature(
        layer, properties={"定員": 30, "科目": ["内科"], "可": True, "率": 0.5, "無": None}
    )
    (feature,) = document(downloads(layer, tmp_path)["geojson"])["features"]
    assert feature["id"] == made.pk
    expected = {"定員": 30, "科目": ["内科"], "可": True, "率": 0.5}
    assert feature["properties"].items() >= expected.items()


def test_cells_read_in_another_way_stand_beside_the_properties(tmp_path: Path) -> None:
    """As a property 原文 would come back as a column of the source."""
    file = tmp_path / "a.csv"
    file.write_text(
        "ID,名称,所在地_連結表記,緯度,経度,文化財指定日\n1,神社,本町1,38.76,140.3,昭和50年3月1日\n",
        encoding="utf-8",
    )
    layer = imported(file, "a", "--key", "ID")
    assert "原文" in features(layer)[0].properties
    (feature,) = document(downloads(layer, tmp_path / "out")["geojson"])["features"]
    assert feature["properties"]["文化財指定日"] == "1975-03-01"
    assert feature["原文"] == {"文化財指定日": "昭和50年3月1日"}
    assert "原文" not in feature["properties"]
