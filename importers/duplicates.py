"""New rows that something alike lies near: another row of the file, or a feature of the layer.

Found once for an import and kept in a table of its own until the import ends.
"""

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from django.db import connection
from django.db.backends.utils import CursorWrapper

from importers.near import COMMON_NAME, Numbers, Pairs, Places, near_pairs
from importers.sides import Page, place_in
from importers.staging import Staging
from layers.models import Layer

AT_ONCE = 200_000
"""Up to so many places the search takes about a second, and is made with the comparison."""

# A row of the file has its row as id, a feature that the file does not mention its own, negative.
# The size is in degrees: it is only compared with others nearby.
_PLACES = """
    COPY (
        SELECT {id} AS id, {new} AS new, {thing}.provenance <> 'address_town' AS exact,
               {thing}.name, ST_X(middle) AS lon, ST_Y(middle) AS lat,
               CASE ST_Dimension({thing}.geom) WHEN 0 THEN 0 WHEN 1 THEN ST_Length({thing}.geom)
                    ELSE ST_Area({thing}.geom) END AS size
        FROM {source}, ST_Centroid({thing}.geom) AS middle
        ORDER BY 1
    ) TO STDOUT (FORMAT csv)
"""
_TYPES = {
    "id": pa.int64(), "new": pa.string(), "exact": pa.string(), "name": pa.string(),
    "lon": pa.float64(), "lat": pa.float64(), "size": pa.float64(),
}  # fmt: skip
_CREATE = """
    DROP TABLE IF EXISTS {near};
    CREATE UNLOGGED TABLE {near} (
        "row" integer NOT NULL, other_row integer, other_feature bigint,
        metres double precision NOT NULL, same_name boolean NOT NULL
    ) WITH (autovacuum_enabled = false)
"""
_PAGE = """
    SELECT n."row", r.key, r.name, n.other_row, coalesce(o.key, f.key), coalesce(o.name, f.name),
           coalesce(n.other_feature, l.id), n.metres, n.same_name
    FROM (SELECT * FROM {near} ORDER BY "row" LIMIT %(limit)s OFFSET %(offset)s) n
    JOIN {rows} r ON r."row" = n."row"
    LEFT JOIN {rows} o ON o."row" = n.other_row
    LEFT JOIN layers_feature l ON l.layer_id = %(layer)s AND l.key = o.key
    LEFT JOIN layers_feature f ON f.id = n.other_feature
    ORDER BY n."row"
"""


@dataclass(frozen=True, slots=True)
class NearPair:
    """A new row and what lies near it: another row (``other_row``) or a feature (``feature_id``).

    Both are given for a row that the layer has already.
    """

    row: int
    key: str
    name: str
    other_row: int | None
    other_key: str
    other_name: str
    feature_id: int | None
    metres: float
    same_name: bool

    @property
    def stacked(self) -> bool:
        """Whether the two lie on the very same spot."""
        return self.metres == 0


def searched(cursor: CursorWrapper, staging: Staging) -> dict[str, int | bool]:
    """Look for what lies near the new rows, fill the table ``near`` and return the counts.

    Compared are the places as they would be after the import. The counts are "pairs" (one a row),
    "stacked" (of them on the very same spot) and "complete" (False where so many crowd together
    that not all were compared).
    """
    rows = _PLACES.format(
        id='r."row"', new="d.verdict IS NOT DISTINCT FROM 'new'", thing="r",
        source=f'{staging.rows} r LEFT JOIN {staging.diff} d ON d."row" = r."row"',
    )  # fmt: skip
    missing = _PLACES.format(
        id="-f.id", new="false", thing="f",
        source=f"layers_feature f JOIN {staging.diff} d ON d.feature_id = f.id "
        "AND d.verdict = 'missing'",
    )  # fmt: skip
    table = pa.concat_tables([_read(cursor, rows), _read(cursor, missing)])
    pairs = near_pairs(_places(table))
    _store(cursor, staging, table["id"].to_numpy(), pairs)
    return {
        "pairs": len(pairs.place),
        "stacked": int((pairs.metres == 0).sum()),
        "complete": pairs.complete,
    }


def _read(cursor: CursorWrapper, query: str) -> pa.Table:
    sink = io.BytesIO()
    with cursor.copy(query) as copy:
        for block in copy:
            sink.write(block)
    if not sink.tell():
        return pa.table({name: pa.array([], kind) for name, kind in _TYPES.items()})
    sink.seek(0)
    return pcsv.read_csv(
        sink,
        read_options=pcsv.ReadOptions(column_names=list(_TYPES)),
        parse_options=pcsv.ParseOptions(newlines_in_values=True),
        convert_options=pcsv.ConvertOptions(column_types=_TYPES),
    )


def _places(table: pa.Table) -> Places:
    names = pc.utf8_trim_whitespace(pc.utf8_normalize(table["name"], form="NFKC"))
    encoded = names.combine_chunks().dictionary_encode()
    number = encoded.indices.to_numpy().astype(np.int64)
    bearers = np.bincount(number, minlength=len(encoded.dictionary))
    telling = bearers <= COMMON_NAME
    telling &= pc.not_equal(encoded.dictionary, "").to_numpy(zero_copy_only=False)
    return Places(
        lon=table["lon"].to_numpy(),
        lat=table["lat"].to_numpy(),
        size=table["size"].to_numpy(),
        name=np.where(telling[number], number, -1) if len(number) else number,
        new=pc.equal(table["new"], "t").to_numpy(),
        exact=pc.equal(table["exact"], "t").to_numpy(),
    )


def _store(cursor: CursorWrapper, staging: Staging, ids: Numbers, pairs: Pairs) -> None:
    other = ids[pairs.other]
    columns = pa.table(
        {
            "row": ids[pairs.place],
            "other_row": pa.array(other, mask=other < 0),
            "other_feature": pa.array(-other, mask=other >= 0),
            "metres": pairs.metres,
            "same_name": pairs.same_name,
        }
    )
    sink = io.BytesIO()
    pcsv.write_csv(columns, sink, pcsv.WriteOptions(include_header=False))
    cursor.execute(_CREATE.format(near=staging.near))
    with cursor.copy(f"COPY {staging.near} FROM STDIN (FORMAT csv)") as copy:
        copy.write(sink.getvalue())
    cursor.execute(f'CREATE INDEX ON {staging.near} ("row")')


def near_page(
    staging: Staging, layer: Layer | None, total: int, page: int, per_page: int
) -> Page[NearPair]:
    """Return a page of the pairs that were found, in the order of the file's rows."""
    number, part = place_in(total, page, per_page)
    parameters = {**part, "layer": layer.pk if layer else None}
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(near=staging.near, rows=staging.rows), parameters)
        rows = [NearPair(*row) for row in cursor.fetchall()]
    return Page(rows, number, per_page, total)
