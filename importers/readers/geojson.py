"""GeoJSON: read as JSON, so that texts, nulls and ids arrive as they were written."""

import json
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from importers import crs
from importers.area import City
from importers.encoding import clean_text, decoded
from importers.guess import settled
from importers.limits import refuse_sparse
from importers.options import ImportOptions
from importers.problems import FileRefused, Problem, error, warning
from importers.source import Source
from importers.table import Column, Geometries, Row, Table, typed

_GEOMETRIES = frozenset(
    [
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    ]
)
ID = "id"


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a FeatureCollection's (or one Feature's, or one geometry's) rows.

    Property values keep their JSON type; a list of plain values stays a list, anything deeper
    becomes JSON text. A feature's own ``id`` becomes a column unless a property has that name.
    """
    text, encoding = decoded(source.main.read_bytes(), options.encoding)
    document = _parsed(text)
    features = _features(document)
    problems: list[Problem] = list(source.problems)
    if encoding.evidence == "encoding_cp932_doubtful":
        problems.append(warning("encoding_doubtful", encoding=encoding.name))
    rows: list[Row] = []
    geometries: Geometries = np.full(len(features), None, dtype=object)
    for index, feature in enumerate(features):
        row, geometry, problem = _read_feature(feature, index + 1)
        rows.append(row)
        geometries[index] = geometry
        problems += [problem] if problem else []
    names = list(dict.fromkeys(name for row in rows for name in row))
    refuse_sparse(len(names), len(rows), sum(map(len, rows)))
    rows = [{name: row.get(name) for name in names} for row in rows]
    said = None
    if options.crs is None or document.get("crs") is not None:
        said = crs.from_geojson(document.get("crs"))
    found_crs, telling = settled(options.crs, said, shapely.get_coordinates(geometries), city)
    columns = tuple(Column(name, typed([row[name] for row in rows]), name) for name in names)
    return Table.of_rows(
        "geojson",
        source.display_name,
        columns,
        rows,
        list(range(1, len(rows) + 1)),
        geometries,
        encoding,
        found_crs,
        problems + telling,
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        # NaN and Infinity are not JSON, and no database stores them.
        document = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as broken:
        raise FileRefused(
            "json_invalid", {"line": broken.lineno, "column": broken.colno}
        ) from broken
    except RecursionError as broken:
        raise FileRefused("json_not_geojson", {"type": "…"}) from broken
    if not isinstance(document, dict):
        raise FileRefused("json_not_geojson", {"type": "list"})
    return document


def _features(document: dict[str, Any]) -> list[Any]:
    kind = document.get("type")
    if kind == "Topology":
        raise FileRefused("topojson")
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return list(document["features"])
    if kind == "Feature":
        return [document]
    if kind in _GEOMETRIES:
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise FileRefused("json_not_geojson", {"type": str(kind)[:40] if kind else "–"})


def _read_feature(feature: Any, number: int) -> tuple[Row, Any, Problem | None]:
    """Return a feature's row, its geometry or None, and what is wrong with it."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return {}, None, error("not_a_feature", number)
    properties = feature.get("properties")
    row: Row = {}
    for name, value in (properties if isinstance(properties, dict) else {}).items():
        row[clean_text(name).strip() or "field"] = _value(value)
    identifier = feature.get("id")
    if ID not in row and isinstance(identifier, str | int) and not isinstance(identifier, bool):
        row[ID] = _value(identifier)
    member = feature.get("geometry")
    if member is None:
        return row, None, None
    try:
        geometry = shape(member)
    except (ShapelyError, TypeError, ValueError, AttributeError, KeyError, IndexError):
        return row, None, error("geometry_unreadable", number)
    return row, geometry, None


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and value - value != 0:  # 1e999 parses as infinity
        return None
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return [_value(item) for item in value]
    if isinstance(value, list | dict):
        return clean_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return value
