"""A layer's features as every download takes them: read once, in batches, from a file beside them.

One statement reads the layer, so that all downloads say the same, whatever is written meanwhile. A
batch is bounded in rows and in bytes: a million polygons are never in memory, nor are a few huge
ones. What is read is kept in an Arrow file in the folder of the downloads (not in /tmp, which may
itself be memory) until all are written.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from django.conf import settings
from django.db import connection
from django.utils.translation import override

from layers.exports.about import About
from layers.exports.cells import as_text
from layers.exports.roles import HEADERS, TEXTS, Facts, Roles, found
from layers.models import Feature, Layer

Kind = Literal["text", "integer", "number", "boolean", "date"]
Box = tuple[float, float, float, float]

ROWS, BYTES = 20_000, 16 << 20
"""The most rows, and about the most bytes, of one batch."""
_SAMPLED = 1_000
"""So many features show which column has which role."""
SOURCES = "原文"
"""The property in which the importers keep cells, by column, that were read in another way."""
POSITION = "位置の求め方"
"""The column that says how each position is known; there where it differs."""
_INT64 = 1 << 63

_SELECT = """
    COPY (
        SELECT id, key, name, name_kana, name_en, address, provenance, properties::text,
               ST_AsBinary(geom)
        FROM layers_feature WHERE layer_id = {layer:d} ORDER BY id
    ) TO STDOUT (FORMAT BINARY)
"""
_TYPES = ["int8", *["text"] * 7, "bytea"]
_SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        *[(name, pa.string()) for name in ("key", *TEXTS, "provenance", "row", "sources")],
        ("geom", pa.binary()),
    ]
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the downloads: its name, what its values are, and its title for people."""

    name: str
    kind: Kind
    title: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some features, in order. ``rows`` hold a JSON value (or None) for each column.

    ``facts`` are the features' own key, texts and provenance, ``sources`` the cells by column that
    the importers read in another way, ``shapes`` are in degrees, longitude first.
    """

    ids: list[int]
    facts: list[dict[str, str]]
    rows: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    shapes: npt.NDArray[np.object_]


@dataclass(slots=True)
class _Seen:
    """What a column's values turned out to be."""

    types: set[type] = field(default_factory=set)
    days: bool = True

    def add(self, value: Any) -> None:
        kind = type(value)
        if kind is int and not -_INT64 <= value < _INT64:
            kind = float
        self.types.add(kind)
        if self.days and kind is str and not _is_day(value):
            self.days = False

    def kind(self, declared: str) -> Kind:
        """Return what all of them are; what is declared counts for dates and empty columns."""
        if not self.types:
            return declared if declared in ("integer", "number", "boolean", "date") else "text"  # type: ignore[return-value]
        if self.types == {bool}:
            return "boolean"
        if self.types == {int}:
            return "integer"
        if self.types <= {int, float}:
            return "number"
        return "date" if self.types == {str} and self.days and declared == "date" else "text"


class Content:
    """All that is to be written of a layer; see ``gathered``."""

    def __init__(self, layer: Layer) -> None:
        """Start with nothing read."""
        self.about = About.of(layer)
        self.geometry_type = layer.geometry_type
        self.count = 0
        self.bytes = 0
        """Of all geometries together, as WKB."""
        self.multiple = False
        """Whether any geometry has several parts."""
        self.columns: tuple[Column, ...] = ()
        self.roles = Roles({}, frozenset())
        self.bbox: Box | None = None
        self._names = [str(entry["name"]) for entry in layer.schema if "name" in entry]
        self._schema = {str(entry["name"]): entry for entry in layer.schema if "name" in entry}
        self._key_column = layer.key_column
        self._facts: dict[str, str] = {}
        self._positions: Mapping[str, str] | None = None
        self._reader: pa.ipc.RecordBatchFileReader | None = None

    # -- reading the layer ----------------------------------------------------------------------

    def gather(self, path: Path, layer: Layer) -> None:
        """Read a layer into a file, and learn what its columns are."""
        seen = {name: _Seen() for name in self._names}
        told: set[str] = set()
        provenances: set[str] = set()
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _SCHEMA) as writer:
            for features, wkb in _read(layer, points=self.geometry_type == "point"):
                if not self.count:
                    self.roles = found(features[:_SAMPLED], self._names, self._key_column)
                self._measure(wkb)
                lines: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
                for feature in features:
                    self.roles.settle(feature)
                    sources = feature.properties.pop(SOURCES, None)
                    cells = {k: v for k, v in feature.properties.items() if v is not None}
                    for name, value in cells.items():
                        if name not in seen:  # written by hand or by another program
                            seen[name] = _Seen()
                            self._names.append(name)
                        seen[name].add(value)
                    told.update(role for role in TEXTS if getattr(feature, role))
                    provenances.add(feature.provenance)
                    lines["row"].append(_json(cells))
                    lines["sources"].append(_json(sources) if isinstance(sources, dict) else None)
                    for name in ("id", "key", *TEXTS, "provenance"):
                        lines[name].append(getattr(feature, name))
                lines["geom"] = wkb
                writer.write_batch(pa.record_batch(lines, schema=_SCHEMA))
                self.count += len(features)
        # Not a memory map: its pages would count as this process's own.
        self._reader = pa.ipc.open_file(pa.OSFile(str(path)))
        self._settle_columns(seen, told, provenances)

    def _measure(self, wkb: Sequence[bytes]) -> None:
        self.bytes += sum(map(len, wkb))
        shapes = shapely.from_wkb(np.array(wkb, dtype=object))
        self.multiple = self.multiple or bool((shapely.get_type_id(shapes) > 3).any())
        west, south, east, north = (float(side) for side in shapely.total_bounds(shapes))
        if self.bbox is not None:
            west, south = min(west, self.bbox[0]), min(south, self.bbox[1])
            east, north = max(east, self.bbox[2]), max(north, self.bbox[3])
        self.bbox = (west, south, east, north)

    def _settle_columns(self, seen: Mapping[str, _Seen], told: set[str], how: set[str]) -> None:
        """Decide the columns: the source's in its order, and what it has none for.

        A sheet of places keeps its order, and what is added stands behind; elsewhere it goes first.
        """
        source = [
            Column(
                name,
                seen[name].kind(self._schema.get(name, {}).get("type", "")),
                title_of(self._schema.get(name, {}).get("title"), name),
            )
            for name in self._names
        ]
        taken = {name.casefold() for name in self._names}
        for role in ("key", *TEXTS):
            if role not in self.roles.columns and (role == "key" or role in told):
                name = free(HEADERS[role][0], taken)
                taken.add(name.casefold())
                self._facts[name] = role
        added = [Column(name, "text", name) for name in self._facts]
        if how - {Feature.Provenance.SURVEYED}:
            with override(settings.LANGUAGE_CODE):
                self._positions = {str(v): str(label) for v, label in Feature.Provenance.choices}
            self._position = free(POSITION, taken)
        where = [Column(self._position, "text", self._position)] if self._positions else []
        whole = [*source, *added] if self.roles.is_sheet else [*added, *source]
        self.columns = (*whole, *where)

    # -- reading it again -----------------------------------------------------------------------

    def batches(self) -> Iterator[Batch]:
        """Yield all features in the order of their ids."""
        for batch in self._stored():
            lines = batch.to_pydict()
            facts = [
                dict(zip(("key", *TEXTS, "provenance"), values, strict=True))
                for values in zip(
                    *(lines[name] for name in ("key", *TEXTS, "provenance")), strict=True
                )
            ]
            # All at once: half the time of one by one.
            cells = json.loads(f"[{','.join(lines['row'])}]")
            rows = [self._row(row, said) for row, said in zip(cells, facts, strict=True)]
            sources = [json.loads(text) if text else {} for text in lines["sources"]]
            yield Batch(lines["id"], facts, rows, sources, _shapes(batch))

    def shapes(self) -> Iterator[npt.NDArray[np.object_]]:
        """Yield the geometries alone, batch by batch, all of one type (``alike``)."""
        for batch in self._stored():
            yield self.alike(_shapes(batch))

    def _stored(self) -> Iterator[pa.RecordBatch]:
        if self._reader is not None:
            for number in range(self._reader.num_record_batches):
                yield self._reader.get_batch(number)

    def _row(self, cells: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        for name, role in self._facts.items():
            cells[name] = said[role] or None
        if self._positions is not None:
            cells[self._position] = self._positions[said["provenance"]]
        return {column.name: cells.get(column.name) for column in self.columns}

    def alike(self, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """Return shapes all of one type: with several parts if any of the layer's has them."""
        if not self.multiple:
            return shapes
        makers = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
        make = makers[("point", "line", "polygon").index(self.geometry_type)]
        result = shapes.copy()
        for index in np.flatnonzero(shapely.get_type_id(shapes) <= 3):
            result[index] = make([shapes[index]])
        return result

    @property
    def type_name(self) -> str:
        """The one geometry type of ``alike``, as OGC Simple Features calls it."""
        plain = {"point": "Point", "line": "LineString", "polygon": "Polygon"}[self.geometry_type]
        return f"Multi{plain}" if self.multiple else plain


@contextmanager
def gathered(layer: Layer, folder: Path) -> Iterator[Content]:
    """Yield a layer's content; what it is read from lies in ``folder`` meanwhile."""
    with tempfile.TemporaryDirectory(prefix=".content-", dir=folder) as place:
        content = Content(layer)
        content.gather(Path(place) / "features.arrow", layer)
        yield content


def _read(layer: Layer, *, points: bool) -> Iterator[tuple[list[Facts], list[bytes]]]:
    """Yield a layer's features in batches, with their geometries as WKB."""
    with connection.cursor() as cursor, cursor.copy(_SELECT.format(layer=layer.pk)) as copy:
        copy.set_types(_TYPES)
        rows = copy.rows()
        while batch := list(_bounded(rows)):
            wkb = [bytes(row[-1]) for row in batch]
            features = [_facts(row) for row in batch]
            if points:
                # Of several points in one feature: the one that stands for it.
                middles = shapely.point_on_surface(shapely.from_wkb(np.array(wkb, dtype=object)))
                places = shapely.get_coordinates(middles).tolist()
                for feature, (x, y) in zip(features, places, strict=True):
                    feature.x, feature.y = x, y
            yield features, wkb


def _facts(row: tuple[Any, ...]) -> Facts:
    feature_id, key, name, kana, english, address, provenance, properties, _ = row
    cells = json.loads(properties)
    return Facts(feature_id, key, name, kana, english, address, provenance, cells)


def _shapes(batch: pa.RecordBatch) -> npt.NDArray[np.object_]:
    shapes: npt.NDArray[np.object_] = shapely.from_wkb(
        batch.column("geom").to_numpy(zero_copy_only=False)
    )
    return shapes


def _bounded(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    size = 0
    for row in islice(rows, ROWS):
        yield row
        size += len(row[7]) + len(row[8])
        if size > BYTES:
            return


def title_of(title: Any, name: str) -> str:
    """Return a column's title in the site's first language; titles by language occur, too."""
    if isinstance(title, Mapping):
        return str(title.get(settings.LANGUAGE_CODE) or next(iter(title.values()), "") or name)
    return str(title or name)


def free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken yet, whatever its case; a number behind it makes it so."""
    unique, copy = name, 2
    while unique.casefold() in taken:
        unique, copy = f"{name}_{copy}", copy + 1
    return unique


def typed(value: Any, kind: Kind) -> Any:
    """Return a value as a column of a kind holds it; None for none."""
    if value is None or (kind == "text" and type(value) is str):
        return value
    if kind == "text":
        return as_text(value)
    if kind == "number":
        return float(value)
    return date.fromisoformat(value) if kind == "date" else value


def _is_day(text: str) -> bool:
    if len(text) != 10:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
