"""GML: 国土数値情報 (JPGIS), 基盤地図情報, and what WFS servers and QGIS write.

No schema is read: a feature is what stands in the collection, its values are the texts in it, and
its geometry is the first one in it or the one it refers to.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from importers import crs
from importers.area import City
from importers.cell_types import column
from importers.datum import to_wgs
from importers.encoding import clean_text
from importers.geometry import exchanged, with_heights
from importers.gml_geometry import GEOMETRIES, Curved, Shapes
from importers.guess import Points, city_box, sample, settled, share_inside
from importers.limits import refuse_sparse
from importers.markup import Node, elements, xml_text
from importers.options import ImportOptions
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.source import KS_META, Source
from importers.srs_names import from_ks_meta, from_srs_name
from importers.table import Column, Geometries, Row, Table

_CONTAINERS = frozenset(
    ["featureMember", "featureMembers", "member", "members", "FeatureCollection", "dataset"]
)
_NO_FEATURES = frozenset(
    [
        *("boundedBy", "description", "name", "identifier", "metaDataProperty", "location"),
        *("truncatedResponse", "additionalObjects", "DictionaryEntry", "Envelope"),
    ]
)
Path = tuple[str, ...]


@dataclass(slots=True)
class _Feature:
    kind: str
    values: dict[Path, Any]
    identifier: str | None
    nodes: list[tuple[str, Node]]
    references: list[tuple[str, str]]
    srs: str | None = None
    geometry: BaseGeometry | None = None
    problem: Literal["", "geometry_unreadable", "geometry_curved"] = ""


@dataclass(slots=True)
class _Document:
    features: list[_Feature] = field(default_factory=list)
    shapes: Shapes = field(default_factory=Shapes)
    srs: str | None = None
    jpgis: bool = False
    missing: tuple[str, str] | None = None
    """(given, matched) where a server says that it left features out."""
    passed: dict[str, None] = field(default_factory=dict)
    """Names of the second and further shapes of features."""


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return the features of one kind. Row numbers count those of that kind.

    The order of axes is that of the system's name (``from_srs_name``), unless the places lie
    in Japan only the other way round.
    """
    text, encoding = xml_text(source.main.read_bytes(), options.encoding)
    document = _document(text)
    features, named, problems = _chosen(source, document)
    for number, feature in enumerate(features, start=1):
        if feature.problem:
            curved = feature.problem == "geometry_curved"
            problems.append(error("geometry_curved" if curved else "geometry_unreadable", number))
    geometries: Geometries = np.full(len(features), None, dtype=object)
    geometries[:] = [feature.geometry for feature in features]
    said, north_first = _system(source, document, features, options)
    geometries, turning = _east_first(geometries, said, north_first, options, city)
    found_crs, telling = settled(options.crs, said, shapely.get_coordinates(geometries), city)
    if document.missing:
        given, matched = document.missing
        problems.append(warning("wfs_cut", given=given, matched=matched))
    if document.passed:
        problems.append(warning("shapes_passed_over", names=list(document.passed)))
    columns, rows = _rows(features)
    return Table.of_rows(
        "gml",
        named or source.display_name,
        columns,
        rows,
        list(range(1, len(rows) + 1)),
        geometries,
        encoding,
        found_crs,
        [*source.problems, *problems, *turning, *telling],
    )


# -- the document -----------------------------------------------------------------------------


def _document(text: str) -> _Document:
    document = _Document()
    linked = 'href="#' in text or "href='#" in text
    top: Node | None = None
    for within, node in elements(text, _CONTAINERS):
        if top is None:
            top = within[0]
            document.missing = _cut(top)
            names = " ".join(top.attributes.values())
            document.jpgis = "nlftp.mlit.go.jp" in names or "fgd.gsi.go.jp" in names
        if linked:
            for each in node.walk():
                if each.name in GEOMETRIES and "id" in each.attributes:
                    document.shapes.shared[each.attributes["id"]] = each
        if node.name == "boundedBy":
            document.srs = document.srs or _srs(node)
        elif node.name not in _NO_FEATURES and node.name not in GEOMETRIES and node.children:
            document.features.append(_feature(node))
            if not linked:  # Nothing is to come that belongs to it: its elements can go.
                _resolve(document.features[-1], document)
    for feature in document.features if linked else ():
        _resolve(feature, document)
    return document


def _cut(top: Node) -> tuple[str, str] | None:
    given = top.attributes.get("numberReturned", "")
    matched = top.attributes.get("numberMatched", "")
    if given.isdigit() and matched.isdigit() and int(given) < int(matched):
        return given, matched
    return None


def _srs(node: Node) -> str | None:
    """Return the first ``srsName`` in an element, None without one."""
    return next((srs for each in node.walk() if (srs := each.attributes.get("srsName"))), None)


def _feature(node: Node) -> _Feature:
    identifier = node.attributes.get("id") or node.attributes.get("fid")
    feature = _Feature(node.name, {}, identifier, [], [])
    for child in node.children:
        if child.name == "boundedBy":
            feature.srs = feature.srs or _srs(child)
            continue
        for path, value in _leaves(child, ()):
            if isinstance(value, str):
                _put(feature.values, path, value)
            elif value.name in GEOMETRIES:
                feature.nodes.append((path[-1], value))
            else:
                feature.references.append((path[-1], value.attributes["href"]))
    return feature


def _leaves(node: Node, above: Path) -> Iterator[tuple[Path, str | Node]]:
    """Yield (path, text) for what a property holds; for a shape or a reference, the element."""
    if node.name in GEOMETRIES and above:
        yield above, node
        return
    path = (*above, clean_text(node.name))
    if node.children:
        for child in node.children:
            yield from _leaves(child, path)
    elif not node.text.strip() and node.attributes.get("href", "").startswith("#"):
        yield path, node
    elif node.attributes.get("nil") not in ("true", "1"):
        yield path, clean_text(node.text).strip()


def _put(values: dict[Path, Any], path: Path, value: str) -> None:
    """Add a value; one that comes several times becomes a list, unless it is the same."""
    present = values.get(path)
    if present is None or present == "":
        values[path] = value
    elif isinstance(present, list):
        present.append(value)
    elif present != value and value:
        values[path] = [present, value]


def _resolve(feature: _Feature, document: _Document) -> None:
    """Make a feature's shape of its elements, or of those it refers to, and let them go."""
    shared = document.shapes.shared
    found = [*feature.nodes]
    for name, href in feature.references:
        if href[1:] in shared:
            found.append((name, shared[href[1:]]))
        else:
            _put(feature.values, (name,), href[1:])
    feature.nodes, feature.references = [], []
    if not found:
        return
    document.passed.update((name, None) for name, _ in found[1:])
    node = found[0][1]
    feature.srs = _srs(node) or feature.srs or document.srs
    size = from_srs_name(feature.srs).size if feature.srs else None
    try:
        feature.geometry = document.shapes.shape(node, size)
    except Curved:
        feature.problem = "geometry_curved"
    except (ShapelyError, ValueError, IndexError):
        feature.problem = "geometry_unreadable"


# -- which features ---------------------------------------------------------------------------


def _chosen(
    source: Source, document: _Document
) -> tuple[list[_Feature], str | None, list[Problem]]:
    """Return the features of the kind to read, its name if it was chosen, what to tell of others.

    A kind without any shape (a table beside the map) is passed over.
    """
    if not document.features:
        raise FileRefused("no_rows")
    kinds = list(dict.fromkeys(feature.kind for feature in document.features))
    asked = source.part_among(kinds)
    drawn = [
        kind
        for kind in kinds
        if any(
            f.kind == kind and (f.geometry is not None or f.problem != "")
            for f in document.features
        )
    ]
    if asked is None and len(kinds) > 1 and len(drawn) != 1:
        raise source.several(drawn or kinds)
    kind = asked or (drawn or kinds)[0]
    others = [each for each in kinds if each != kind]
    told = [warning("kinds_passed_over", names=others)] if others and asked is None else []
    return [feature for feature in document.features if feature.kind == kind], asked, told


# -- the coordinate system --------------------------------------------------------------------


def _system(
    source: Source, document: _Document, features: list[_Feature], options: ImportOptions
) -> tuple[Evidence | None, bool | None]:
    """Return what the file says of its system, and whether north comes first; None: not said.

    Raises FileRefused where features are in several systems, or in one that is not read.
    """
    said = (feature.srs or document.srs for feature in features)
    names = Counter(name for name in said if name)
    if not names and (meta := source.members.get(KS_META)) is not None:
        found = from_ks_meta(meta.read_bytes())
        if found is not None:
            return found, True
    if not names:
        return None, True if document.jpgis else None
    srs = [from_srs_name(name) for name in names]
    if len({(each.epsg, each.authority) for each in srs}) > 1:
        raise FileRefused("several_crs", {"names": list(names)[:5]})
    first = srs[0]
    if first.epsg is None and options.crs is not None:
        return None, first.north_first(crs.chosen(options.crs))
    return first.evidence(), first.north_first(first.epsg or 0)


def _east_first(
    geometries: Geometries,
    said: Evidence | None,
    north_first: bool | None,
    options: ImportOptions,
    city: City,
) -> tuple[Geometries, list[Problem]]:
    """Return geometries with east first, and a note where that is not what the file says.

    In degrees the order shows: no latitude in Japan is a longitude in Japan. In metres, without a
    word from the file, the order that lands in the city is taken.
    """
    points: Points = shapely.get_coordinates(geometries)
    turned = points[:, ::-1]
    if share_inside(sample(points), crs.JAPAN) > 0.5:
        told = [warning("axes_turned")] if said is not None and north_first else []
        return geometries, told
    if share_inside(sample(turned), crs.JAPAN) > 0.5:
        told = [warning("axes_turned")] if said is not None and not north_first else []
        return exchanged(geometries), [*told, *_heights_lost(geometries)]
    if north_first is None and options.crs is not None:
        epsg = crs.chosen(options.crs)
        flat, _ = to_wgs(np.array(shapely.points(sample(turned)), dtype=object), epsg)
        north_first = share_inside(shapely.get_coordinates(flat), city_box(city)) > 0
    if north_first:
        return exchanged(geometries), _heights_lost(geometries)
    return geometries, []


def _heights_lost(geometries: Geometries) -> list[Problem]:
    """Return a note on the heights that exchanging the axes drops."""
    count = with_heights(geometries)
    return [warning("heights_dropped", count=count)] if count else []


# -- rows -------------------------------------------------------------------------------------


def _rows(features: list[_Feature]) -> tuple[tuple[Column, ...], list[Row]]:
    """Return columns and rows. A value is called by the last name of its path that is its own."""
    paths = list(dict.fromkeys(path for feature in features for path in feature.values))
    last = Counter(path[-1] for path in paths)
    first = Counter(path[0] for path in paths)
    called: dict[Path, str] = {}
    taken: set[str] = set()
    for path in paths:
        if len(path) > 1 and first[path[0]] == 1:
            name = path[0]  # A value wrapped in its type: the property's name says more.
        else:
            name = path[-1] if last[path[-1]] == 1 else "_".join((path[0], path[-1]))
        unique, copy = name, 2
        while unique in taken:
            unique, copy = f"{name}_{copy}", copy + 1
        taken.add(unique)
        called[path] = unique
    refuse_sparse(len(paths), len(features), sum(len(feature.values) for feature in features))
    identified = "gml_id" if any(feature.identifier for feature in features) else None
    rows: list[Row] = []
    for feature in features:
        row: Row = {identified: feature.identifier} if identified else {}
        for path, name in called.items():
            value = feature.values.get(path)
            row[name] = value if value != "" else None
        rows.append(row)
    columns = [Column(identified, "text", identified)] if identified else []
    columns += [column(name, rows) for name in called.values()]
    return tuple(columns), rows
