"""Real files of cities, in and out again."""

import csv
import io
from pathlib import Path

import pytest
import shapely

from importers.encoding import decoded
from tests.exports.test_round_trip import WITH_SHAPE, shapes
from tests.exports.written import downloads, features, imported
from tests.shared_data import shared_data

pytestmark = pytest.mark.django_db


def cells(data: bytes) -> list[dict[str, str]]:
    text, _ = decoded(data)
    return [
        {name: cell.strip() for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if any(row.values())
    ]


@pytest.mark.parametrize("name", ["222127_public_toilet.csv", "222127_fire_hydrant.csv"])
def test_a_published_sheet_comes_out_as_it_was_published(tmp_path: Path, name: str) -> None:
    file = shared_data("csv-new-standard", name)
    layer = imported(file, "sheet", "--skip-rejected")
    before, after = cells(file.read_bytes()), cells(downloads(layer, tmp_path)["csv"].read_bytes())
    assert len(before) == len(after)
    columns = list(before[0])
    assert list(after[0])[: len(columns)] == columns
    differing = [
        (column, one[column], other[column])
        for one, other in zip(before, after, strict=True)
        for column in columns
        if one[column] != other[column]
    ]
    assert differing == []


@pytest.mark.parametrize("kind", WITH_SHAPE)
@pytest.mark.parametrize(
    ("name", "key"), [("yaizu_浸水履歴_平成10年", ""), ("yaizu_緊急輸送路_一次緊急輸送路", "")]
)
def test_a_city_s_shapefile_comes_back_from_every_format(
    tmp_path: Path, kind: str, name: str, key: str
) -> None:
    layer = imported(shared_data("shapefiles", name), "first")
    again = imported(downloads(layer, tmp_path)[kind], "again", "--key", "ID")
    before, after = features(layer), features(again)
    assert [f.key for f in before] == [f.key for f in after]
    for one, other in zip(shapes(before), shapes(after), strict=True):
        assert shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 1e-8)
