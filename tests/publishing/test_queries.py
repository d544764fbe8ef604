"""Each query that a change waits for uses an index, however large the table is."""

from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from layers.changes import recording
from layers.models import ChangeSet, Feature, Layer, Publication
from layers.publish import published, rows
from tests.factories import places

pytestmark = pytest.mark.django_db

_FILL = """
    INSERT INTO layers_feature (layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT %s, n::text, '', '', '', '', '{}', 'surveyed',
           ST_SetSRID(ST_Expand(ST_MakePoint(139 + (n %% 200) * 0.01, 37 + (n / 200) * 0.01),
                                0.003), 4326), now()
    FROM generate_series(1, 20000) n
"""


@pytest.fixture
def large() -> Layer:
    """Twenty thousand areas over a wide country."""
    layer = places.layer("large", kind="planning", geometry_type="polygon")
    with recording(layer, "import"), connection.cursor() as cursor:
        cursor.execute(_FILL, [layer.pk])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_feature")
        cursor.execute("ANALYZE layers_change")
    return layer


def plan(sql: str, parameters: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_features_in_a_tile_come_by_the_spatial_index(large: Layer) -> None:
    box = (140.0, 37.5, 140.02, 37.52)
    said = plan(*rows.query(large, [box]))
    assert "feature_geom" in said
    assert "Seq Scan on layers_feature" not in said
    # The control: what asks for the whole layer reads it whole.
    assert "feature_geom" not in plan(*rows.query(large))


def test_what_a_change_touched_is_found_without_reading_the_layer(large: Layer) -> None:
    feature = Feature.objects.filter(layer=large).first()
    assert feature is not None
    version = large.version
    with recording(large, "edit"):
        feature.geom = GEOSGeometry("POLYGON((140 37,140.01 37,140 37.01,140 37))", srid=4326)
        feature.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_change")
    said = plan(rows.TOUCHED, {"layer": large.pk, "since": version, "most": 2001})
    assert "Seq Scan on layers_feature" not in said
    assert "Seq Scan on layers_change " not in said
    ids, boxes = rows.touched(large, version, 2000) or ([], [])
    assert ids == [feature.pk]
    assert (140.0, 37.0, 140.01, 37.01) in boxes
    assert len(boxes) == 2


def test_too_many_changes_are_told_as_such(large: Layer) -> None:
    assert rows.touched(large, 0, 100) is None
    assert rows.touched(large, large.version, 100) == ([], [])


def test_a_place_that_changed_again_and_again_hides_no_other(large: Layer) -> None:
    first, second = Feature.objects.filter(layer=large).order_by("pk")[:2]
    version = large.version
    for number in range(12):
        with recording(large, "edit"):
            first.name = f"{number}"
            first.save()
    with recording(large, "edit"):
        second.name = "second"
        second.save()
    assert rows.touched(large, version, 10) is None
    ids, _ = rows.touched(large, version, 13) or ([], [])
    assert set(ids) == {first.pk, second.pk}


def test_the_newest_publication_of_a_part_comes_by_its_index(large: Layer) -> None:
    layers = [large, *(places.layer(f"other-{number}") for number in range(60))]
    Publication.objects.bulk_create(
        Publication(layer=layer, part=part, public=True, digest=f"{number:016}", layer_version=1,
                    facts={})
        for layer in layers for part in ("map", "details") for number in range(50)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_publication")
    found = Publication.objects.filter(layer=large, part="map", public=True).order_by("-pk")[:1]
    assert "publication_newest" in found.explain()
    newest = published.newest(large, "map")
    assert newest is not None
    assert newest.digest == f"{49:016}"
    assert ChangeSet.objects.count() == 1
