"""KML 2.2 (OGC 07-147r2): placemarks with a name, a description and every column."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import shapely

from layers.exports.cells import as_text
from layers.exports.content import Column, Content, Kind
from layers.geojson import subtitle

# XML 1.0 has no way to write these.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TYPES: dict[Kind, str] = {
    "text": "string",
    "integer": "int",
    "number": "double",
    "boolean": "bool",
    "date": "string",
}


def write(path: Path, content: Content) -> None:
    """Write a document. Source and licence are its author and its description."""
    about = content.about
    said = "".join(f"{html.escape(line)}<br>" for line in [*about.lines("ja"), *about.lines("en")])
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:atom="http://www.w3.org/2005/Atom">'
            f"\n<Document>\n<name>{_text(about.title)}</name>\n"
        )
        if about.attribution:
            file.write(
                f"<atom:author><atom:name>{_text(about.attribution)}</atom:name></atom:author>\n"
            )
        file.write(f"<description>{_text(said)}</description>\n")
        file.write(_schema(content))
        data = [_Data(c, f"<SimpleData name={_quoted(c.name)}>") for c in content.columns]
        for batch in content.batches():
            drawn = shapely.to_geojson(batch.shapes)
            for shape, row, facts in zip(drawn, batch.rows, batch.facts, strict=True):
                file.write(_placemark(content, data, row, facts, shape))
        file.write("</Document>\n</kml>\n")


@dataclass(frozen=True, slots=True)
class _Data:
    """A column, and what stands before each of its values."""

    column: Column
    start: str


def _schema(content: Content) -> str:
    fields = "".join(
        f"<SimpleField type={quoteattr(_TYPES[column.kind])} name={_quoted(column.name)}>"
        f"<displayName>{_text(column.title)}</displayName></SimpleField>\n"
        for column in content.columns
    )
    slug = content.about.slug
    return f"<Schema name={_quoted(slug)} id={_quoted(slug)}>\n{fields}</Schema>\n"


def _placemark(
    content: Content,
    columns: Sequence[_Data],
    row: Mapping[str, Any],
    facts: Mapping[str, str],
    shape: str,
) -> str:
    # Earth viewers take a description for HTML: what is text must stay text there, too.
    about = [subtitle(row), facts["address"], as_text(row.get("説明"))]
    described = "<br>".join(html.escape(line) for line in about if line)
    data = "".join(
        f"{each.start}{_value(row[each.column.name], each.column)}</SimpleData>"
        for each in columns
        if row[each.column.name] is not None
    )
    name = facts["name"] or f"{content.about.title} {facts['key']}"
    return (
        f"<Placemark><name>{_text(name)}</name>"
        + (f"<description>{_text(described)}</description>" if described else "")
        + f'<ExtendedData><SchemaData schemaUrl="#{content.about.slug}">{data}</SchemaData>'
        f"</ExtendedData>{_drawn(shape)}</Placemark>\n"
    )


def _value(value: Any, column: Column) -> str:
    if column.kind == "boolean":
        return "true" if value else "false"
    return _text(as_text(value))


def _drawn(shape: str) -> str:
    """Return a GeoJSON geometry, as GEOS writes it, in KML's words: only the brackets differ."""
    head, _, body = shape.partition(',"coordinates":')
    kind = head.rpartition(":")[2].strip('"')
    body = body[:-1]
    if not kind.startswith("Multi"):
        return _single(kind, body)
    single = kind.removeprefix("Multi")
    parts = {"Point": "],[", "LineString": "]],[[", "Polygon": "]]],[[["}[single]
    half = len(parts) // 2
    inner = body[1:-1].split(parts)
    for index, part in enumerate(inner):
        before = "" if index == 0 else parts[half + 1 :]
        after = "" if index == len(inner) - 1 else parts[:half]
        inner[index] = _single(single, before + part + after)
    return f"<MultiGeometry>{''.join(inner)}</MultiGeometry>"


def _single(kind: str, body: str) -> str:
    if kind == "Point":
        return f"<Point><coordinates>{body[1:-1]}</coordinates></Point>"
    if kind == "LineString":
        return f"<LineString>{_line(body[2:-2])}</LineString>"
    outer, *inner = body[3:-3].split("]],[[")
    rings = f"<outerBoundaryIs><LinearRing>{_line(outer)}</LinearRing></outerBoundaryIs>"
    rings += "".join(
        f"<innerBoundaryIs><LinearRing>{_line(ring)}</LinearRing></innerBoundaryIs>"
        for ring in inner
    )
    return f"<Polygon>{rings}</Polygon>"


def _line(body: str) -> str:
    return f"<coordinates>{body.replace('],[', ' ')}</coordinates>"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", text))
