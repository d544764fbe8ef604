"""KML and KMZ (Google Earth, Google My Maps, QGIS): placemarks, with all that is said of them.

Own parser rather than GDAL's drivers: values arrive as they were written, folders and what was
left out can be told, and nothing is ever fetched from an address that a file names.
Source: OGC 12-007r2 (KML 2.3) and Google's gx extensions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from importers import crs
from importers.area import City
from importers.cell_types import column, is_date
from importers.encoding import clean_text
from importers.guess import settled
from importers.html_text import html_text
from importers.kml_geometry import GEOMETRIES, geometry
from importers.limits import MAX_BYTES, refuse_sparse
from importers.markup import Node, elements, xml_text
from importers.options import ImportOptions
from importers.problems import FileRefused, Problem, error, warning
from importers.source import Source
from importers.table import Column, ColumnType, Geometries, Row, Table
from importers.zips import Parts

_CONTAINERS = frozenset(["Document", "Folder"])
_OVERLAYS = frozenset(["GroundOverlay", "PhotoOverlay", "ScreenOverlay"])
_FACTS = ("name", "description", "address", "phoneNumber", "when", "begin", "end", "link")
FOLDER = "folder"
_LISTED = 5


@dataclass(slots=True)
class _Placemark:
    """A placemark: its folder, what KML's own elements say, what its data say, its geometry."""

    folder: tuple[str, ...]
    facts: Row
    data: Row
    geometry: BaseGeometry | None
    unreadable: bool


@dataclass(slots=True)
class _Document:
    placemarks: list[_Placemark] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    overlays: int = 0
    tracks: int = 0


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return the placemarks of a file, or of the folder that was asked for.

    Row numbers count the placemarks of the whole file. Points, lines and areas in several folders
    have to be chosen from; folders of one kind are read together, with a column ``folder``.
    """
    data, part, problems = _kml(source)
    text, encoding = xml_text(data, options.encoding)
    document = _document(text)
    if not document.placemarks:
        if document.links:
            raise FileRefused("kml_only_links", {"link": document.links[0][:200]})
        raise FileRefused("kml_no_places")
    chosen, named = _chosen(source, part, document.placemarks)
    placemarks = [document.placemarks[index] for index in chosen]
    numbers = [index + 1 for index in chosen]
    for placemark, number in zip(placemarks, numbers, strict=True):
        if placemark.unreadable:
            problems.append(error("geometry_unreadable", number))
    folders = len({placemark.folder for placemark in placemarks}) > 1
    columns, rows, naming = _rows(placemarks, document, folders=folders)
    geometries: Geometries = np.full(len(placemarks), None, dtype=object)
    geometries[:] = [placemark.geometry for placemark in placemarks]
    found_crs, telling = settled(
        options.crs, crs.evidence(4326, "crs_kml"), shapely.get_coordinates(geometries), city
    )
    return Table.of_rows(
        "kml",
        named or source.display_name,
        columns,
        rows,
        numbers,
        geometries,
        encoding,
        found_crs,
        [*source.problems, *problems, *naming, *_left_out(document), *telling],
    )


def _left_out(document: _Document) -> list[Problem]:
    problems: list[Problem] = []
    if document.links:
        listed = [link[:200] for link in document.links[:_LISTED]]
        problems.append(warning("kml_links", count=len(document.links), links=listed))
    if document.overlays:
        problems.append(warning("kml_overlays", count=document.overlays))
    if document.tracks:
        problems.append(warning("kml_tracks", count=document.tracks))
    return problems


# -- the file ---------------------------------------------------------------------------------


def _kml(source: Source) -> tuple[bytes, str | None, list[Problem]]:
    """Return the KML's bytes, the folder asked for, and what to tell of the rest of a KMZ.

    A KMZ's own document is ``doc.kml``; the others in it are reached by links, which are not
    followed. Without it each is a layer.
    """
    with source.main.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    if not zipped:
        return source.main.read_bytes(), source.part, []
    with Parts(source.main, MAX_BYTES["kml"]) as parts:
        names = [
            name
            for name in parts.names
            if name.casefold().endswith(".kml") and not name.startswith("__MACOSX/")
        ]
        main = next((name for name in names if name.casefold() == "doc.kml"), None)
        others = [name for name in names if name != main]
        if main is not None:
            told = [warning("kmz_more", names=others[:_LISTED])] if others else []
            return parts.read(main), source.part, told
        if len(names) == 1:
            return parts.read(names[0]), source.part, []
        stems = {name[:-4]: name for name in names}
        if source.part is not None:
            for stem, name in stems.items():
                if source.part == stem:
                    return parts.read(name), None, []
                if source.part.startswith(f"{stem}/"):
                    return parts.read(name), source.part[len(stem) + 1 :], []
        asked = source.part_among(list(stems))
        if asked is None:
            raise source.several(sorted(stems))
        return parts.read(stems[asked]), None, []


def _document(text: str) -> _Document:
    document = _Document()
    for within, node in elements(text, _CONTAINERS):
        if node.name == "name":
            within[-1].text = clean_text(node.text).strip()
        elif node.name == "Placemark":
            folder = tuple(
                frame.text or frame.attributes.get("id", "")
                for frame in within
                if frame.name == "Folder"
            )
            document.placemarks.append(_placemark(node, folder, document))
        elif node.name == "Schema":
            _learn_schema(node, document)
        elif node.name == "NetworkLink":
            document.links += [
                each.text.strip() for each in node.walk() if each.name == "href"
            ] or [""]
        elif node.name in _OVERLAYS:
            document.overlays += 1
    return document


def _learn_schema(node: Node, document: _Document) -> None:
    for each in node.children:
        name = clean_text(each.attributes.get("name", "")).strip()
        if each.name == "SimpleField" and name:
            document.types[name] = each.attributes.get("type", "")
            if title := clean_text(each.said("displayName")).strip():
                document.titles[name] = title


# -- which folder -----------------------------------------------------------------------------

KINDS = ("Point", "LineString", "Polygon")
"""What all points, lines or areas of a file (or, after its name, of a folder) are chosen by."""


def _chosen(
    source: Source, part: str | None, placemarks: list[_Placemark]
) -> tuple[list[int], str | None]:
    """Return which placemarks to read, by index, and what they are called if they were chosen.

    A placemark without geometry goes with the points: it may be placed by its address.
    """
    kinds = [_kind(placemark) for placemark in placemarks]
    labels = _labels([placemark.folder for placemark in placemarks], source.display_name)
    folders = list(dict.fromkeys(labels.values()))
    paths = {"/".join(folder[:depth]) for folder in labels for depth in range(1, len(folder))}
    several = [kind for kind in KINDS if kind in kinds]
    known = [*folders, *sorted(paths - {""})]
    known += [kind for kind in several if kind not in known]
    known += [f"{name}/{kind}" for name in known for kind in several if name not in KINDS]
    asked = replace(source, part=part).part_among(known)
    if asked is None:
        if len({kind for kind in kinds if kind}) > 1:
            raise source.several((folders if len(folders) > 1 else []) + several)
        return list(range(len(placemarks))), None
    name, _, kind = asked.rpartition("/")
    if asked in KINDS and asked not in folders:
        name, kind = "", asked
    elif kind not in KINDS or asked in folders:
        name, kind = asked, ""
    inside = [
        index
        for index, placemark in enumerate(placemarks)
        if not name
        or labels[placemark.folder] == name
        or f"{'/'.join(placemark.folder)}/".startswith(f"{name}/")
    ]
    if kind:
        fitting = {kind, ""} if kind == "Point" else {kind}
        return [index for index in inside if kinds[index] in fitting], asked
    mixed = [each for each in KINDS if each in {kinds[index] for index in inside}]
    if len(mixed) > 1:
        raise source.several([f"{name}/{each}" for each in mixed])
    return inside, asked


def _kind(placemark: _Placemark) -> str:
    if placemark.geometry is None or placemark.geometry.is_empty:
        return ""
    return KINDS[int(shapely.get_dimensions(placemark.geometry))]


def _labels(folders: Iterable[tuple[str, ...]], unnamed: str) -> dict[tuple[str, ...], str]:
    """Return folder → the name to choose it by: the last of its path if no other has it."""
    paths = list(dict.fromkeys(folders))
    last = [path[-1] if path else "" for path in paths]
    return {
        path: (name if name and last.count(name) == 1 else "/".join(path) or unnamed)
        for path, name in zip(paths, last, strict=True)
    }


# -- a placemark ------------------------------------------------------------------------------


def _placemark(node: Node, folder: tuple[str, ...], document: _Document) -> _Placemark:
    facts: Row = {}
    data: Row = {}
    shape: BaseGeometry | None = None
    unreadable = False
    described = ""
    if identifier := node.attributes.get("id"):
        facts["id"] = clean_text(identifier).strip()
    for each in node.children:
        if each.name in ("name", "address", "phoneNumber"):
            facts[each.name] = clean_text(each.whole_text()).strip()
        elif each.name == "description":
            described = clean_text(each.whole_text())
            facts["description"] = html_text(described)
        elif each.name in ("TimeStamp", "TimeSpan"):
            for time in each.children:
                if time.name in ("when", "begin", "end"):
                    facts[time.name] = time.text.strip()
        elif each.name == "link":
            facts["link"] = each.attributes.get("href", "")
        elif each.name == "ExtendedData":
            _learn_data(each, data, document)
        elif each.name in GEOMETRIES:
            document.tracks += each.name in ("Track", "MultiTrack")
            try:
                shape = geometry(each)
            except (ShapelyError, ValueError):
                unreadable = True
    if not data and "<table" in described.casefold():
        data = _table_of(facts["description"])
    return _Placemark(folder, facts, data, shape, unreadable)


def _table_of(description: str) -> Row:
    """Return the values of a description that is a table of two columns, as ArcGIS writes it."""
    pairs = [line.split("\t") for line in description.split("\n") if line.count("\t") == 1]
    values = {name.strip(): value.strip() for name, value in pairs if name.strip()}
    if len(values) < 2:
        return {}
    return {name: "" if value == "<Null>" else value for name, value in values.items()}


def _learn_data(extended: Node, data: Row, document: _Document) -> None:
    """Take the named values of ExtendedData, in each of its three forms."""
    for node in extended.walk():
        name = clean_text(node.attributes.get("name", "")).strip()
        if node.name == "Data" and name:
            data[name] = clean_text(node.said("value")).strip()
            if title := clean_text(node.said("displayName")).strip():
                document.titles.setdefault(name, title)
        elif node.name in ("SimpleData", "SimpleArrayData") and name:
            values = [each.text.strip() for each in node.children if each.name == "value"]
            data[name] = clean_text(";".join(values) or node.text).strip()
    for node in extended.children:
        if node.name not in ("Data", "SchemaData") and not node.children and node.text.strip():
            data[node.name] = clean_text(node.text).strip()


# -- rows -------------------------------------------------------------------------------------


def _rows(
    placemarks: list[_Placemark], document: _Document, *, folders: bool
) -> tuple[tuple[Column, ...], list[Row], list[Problem]]:
    """Return columns and rows: KML's own facts first, then the data, each name once."""
    facts = [
        name
        for name in ("id", *_FACTS)
        if any(placemark.facts.get(name) for placemark in placemarks)
    ]
    names = list(dict.fromkeys(name for placemark in placemarks for name in placemark.data))
    taken = {name.casefold() for name in facts} | ({FOLDER} if folders else set())
    called: dict[str, str] = {}
    problems: list[Problem] = []
    for name in names:
        fact = next((fact for fact in facts if fact.casefold() == name.casefold()), None)
        if fact is not None and _same(placemarks, fact, name):
            continue
        unique, copy = name, 2
        while unique.casefold() in taken:
            unique, copy = f"{name}_{copy}", copy + 1
        taken.add(unique.casefold())
        called[name] = unique
        if unique != name:
            problems.append(warning("field_name_twice", None, name, renamed=unique))
    refuse_sparse(len(called), len(placemarks), sum(len(each.data) for each in placemarks))
    rows: list[Row] = []
    for placemark in placemarks:
        row: Row = {fact: placemark.facts.get(fact) or None for fact in facts}
        if folders:
            row[FOLDER] = "/".join(placemark.folder) or None
        row.update((new, placemark.data.get(old) or None) for old, new in called.items())
        rows.append(row)
    plain = [*facts, *([FOLDER] if folders else [])]
    columns = [Column(name, "text", name) for name in plain]
    columns += [_typed(old, new, rows, document) for old, new in called.items()]
    return tuple(columns), rows, problems


def _same(placemarks: list[_Placemark], fact: str, name: str) -> bool:
    """Say whether a column of data repeats one of KML's own facts."""
    return all(
        not (value := placemark.data.get(name))
        or value == placemark.facts.get(fact)
        or html_text(value) == placemark.facts.get(fact)
        for placemark in placemarks
    )


def _typed(old: str, new: str, rows: list[Row], document: _Document) -> Column:
    """Return a column of the type its schema declares, else of what its values look like."""
    title = document.titles.get(old, new)
    declared = document.types.get(old)
    if declared == "string":
        texts = [row[new] for row in rows if row[new] is not None]
        dates = bool(texts) and all(is_date(text) and len(text) == 10 for text in texts)
        return Column(new, "date" if dates else "text", title)
    kind: ColumnType = "integer" if declared in _WHOLE else "number"
    if declared in _WHOLE or declared in ("float", "double"):
        try:
            values = [_number(row[new], kind) for row in rows]
        except ValueError:
            return column(new, rows, title)
        for row, value in zip(rows, values, strict=True):
            row[new] = value
        return Column(new, kind, title)
    return column(new, rows, title)


_WHOLE = frozenset(["int", "uint", "short", "ushort"])


def _number(text: str | None, kind: ColumnType) -> int | float | None:
    if text is None:
        return None
    value = int(text) if kind == "integer" else float(text)
    if value - value != 0:
        raise ValueError(text)
    return value
