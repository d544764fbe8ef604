"""GeoJSON (RFC 7946), with what it says of itself as members of its own."""

import json
from pathlib import Path
from typing import Any

import shapely

from layers.exports.content import SOURCES, Content


def write(path: Path, content: Content) -> None:
    """Write a FeatureCollection, feature by feature.

    ``id`` is the feature's permanent id, ``properties`` every column. Cells that the importers read
    in another way stand beside the properties (foreign member 原文, by column): as a property they
    would be taken for a column of the source. Degrees, longitude first; outer rings run
    counter-clockwise.
    """
    about = content.about
    head: dict[str, Any] = {
        "type": "FeatureCollection",
        "name": about.slug,
        "title": dict(about.titles),
        "description": dict(about.descriptions),
        "attribution": about.attribution or None,
        "licence": about.licence or None,
        "source_date": about.source_date or None,
        "sample": about.sample,
        "fields": [
            {"name": column.name, "type": column.kind, "title": column.title}
            for column in content.columns
        ],
    }
    if content.bbox is not None:
        head["bbox"] = list(content.bbox)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_json(head)[:-1] + ',"features":[')
        mark = "\n"
        for batch in content.batches():
            shapes = batch.shapes
            if content.geometry_type == "polygon":
                shapes = shapely.orient_polygons(shapes)
            drawn = shapely.to_geojson(shapes)
            for feature_id, geometry, row, sources in zip(
                batch.ids, drawn, batch.rows, batch.sources, strict=True
            ):
                more = f',"{SOURCES}":{_json(sources)}' if sources else ""
                file.write(
                    f'{mark}{{"type":"Feature","id":{feature_id},"geometry":{geometry},'
                    f'"properties":{_json(row)}{more}}}'
                )
                mark = ",\n"
        file.write("\n]}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
