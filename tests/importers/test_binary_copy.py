"""What is written as binary COPY is what PostgreSQL reads."""

from typing import Any

import pyarrow as pa
import pytest
import shapely
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon

from importers.binary_copy import HEADER, TRAILER, payload
from importers.rows import SCHEMA, copied

pytestmark = pytest.mark.django_db

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**31), 2**31 - 1), TEXT, TEXT), max_size=20))
def test_numbers_texts_and_json_arrive(rows: list[tuple[int, str, str]]) -> None:
    import json

    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([row[0] for row in rows], pa.int32()),
            pa.array([row[1] for row in rows], pa.string()),
            pa.array([json.dumps({"v": row[2]}) for row in rows], pa.string()),
        ],
        names=["n", "t", "j"],
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS c; CREATE TEMPORARY TABLE c (n int, t text, j jsonb)")
        write(cursor, "c", payload(batch, frozenset(["j"])))
        # A slice begins in the middle of its buffers.
        cursor.execute("SELECT n, t, j ->> 'v' FROM c")
        assert cursor.fetchall() == rows
        cursor.execute("TRUNCATE c")
        write(cursor, "c", payload(batch.slice(1), frozenset(["j"])))
        cursor.execute("SELECT n, t, j ->> 'v' FROM c")
        assert cursor.fetchall() == rows[1:]


def write(cursor: Any, table: str, data: memoryview) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(HEADER)
        copy.write(data)
        copy.write(TRAILER)


def test_postgis_takes_ewkb_for_a_geometry() -> None:
    hole = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2)]])
    shapes = [Point(140.3, 38.76), hole, MultiPolygon([hole])]
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), include_srid=True)
    texts = {name: [name] * 3 for name in SCHEMA.names if SCHEMA.field(name).type == pa.string()}
    columns = {**texts, "row": [1, 2, 3], "properties": ["{}"] * 3, "geom": list(wkb)}
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE g (row int, key text, name text, name_kana text, name_en text,"
            " address text, provenance text, properties jsonb, geom geometry(Geometry, 4326))"
        )
        write(cursor, "g", copied(pa.RecordBatch.from_pydict(columns, schema=SCHEMA)))
        cursor.execute("SELECT ST_AsBinary(geom), ST_SRID(geom), address FROM g ORDER BY row")
        found = cursor.fetchall()
    assert [bytes(row[0]) for row in found] == [shape.wkb for shape in shapes]
    assert {row[1:] for row in found} == {(4326, "address")}


def test_a_null_is_a_mistake_of_the_caller() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array([None], pa.string())], names=["t"])
    with pytest.raises(ValueError, match="column t holds nulls"):
        payload(batch)
