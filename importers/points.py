"""Columns of coordinates become points: latitude and longitude, or X and Y of a plane system."""

import re
from collections.abc import Mapping

import numpy as np
import shapely

from importers import crs
from importers.area import City
from importers.coordinates import number
from importers.datum import to_wgs
from importers.guess import (
    Points,
    asked,
    candidates,
    city_box,
    sample,
    settled,
    share_inside,
)
from importers.headers import Role, normalised, role
from importers.mapping import fingerprint
from importers.options import ImportOptions
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.profiles import recognised, refuse_what_is_no_layer
from importers.proposal import Clues
from importers.table import Geometries, Row

_DATUM_MARK = re.compile(r"[(_]?(旧?日本測地系|世界測地系|tokyo|jgd\d*|wgs\d*)[)_]?")


def coordinate_role(header: str) -> Role | None:
    """Return a header's part, read past a datum that it names: 緯度（日本測地系）."""
    return role(header) or role(_DATUM_MARK.sub("", normalised(header)))


def has_coordinates(headers: list[str]) -> bool:
    """Say whether a row of headers names a pair of coordinates."""
    roles = {coordinate_role(header) for header in headers}
    return {"lat", "lon"} <= roles or {"x", "y"} <= roles


def located(
    rows: list[Row], numbers: list[int], options: ImportOptions, city: City, format_name: str
) -> tuple[Geometries, Evidence, list[Problem]]:
    """Return a point per row (None where the cells are blank or 0,0), the system, problems.

    The cells are texts or numbers. Raises FileRefused without rows or columns of coordinates.
    """
    names = list(rows[0]) if rows else []
    if not rows:
        raise FileRefused("no_rows")
    layout = fingerprint(names, format_name)
    settled_roles = options.mappings.get(layout, {}).get("roles", {})
    degrees = _pair(names, settled_roles, "lat", "lon")
    plane = _pair(names, settled_roles, "x", "y")
    if degrees is None and plane is None:
        refuse_what_is_no_layer(recognised(names))
        raise FileRefused("no_coordinates", {"columns": names, "layout": layout})
    first, second = degrees or plane or ("", "")
    problems: list[Problem] = []
    points = np.full((len(rows), 2), np.nan)
    for index, (row, line) in enumerate(zip(rows, numbers, strict=True)):
        for axis, name in ((0, second), (1, first)):
            try:
                value = number(row[name])
            except ValueError:
                problems.append(
                    error("coordinate_unreadable", line, name, text=str(row[name])[:40])
                )
            else:
                points[index, axis] = np.nan if value is None else value
    if degrees is not None:
        said: Evidence | None = _degrees_evidence(first)
        if options.crs is not None and said is not None and said.evidence == "crs_assumed":
            said = None  # An assumption is not contradicted by a choice.
        found, telling = settled(options.crs, said, points, city)
    else:
        points, found, telling = _plane(points, options, city)
    usable = np.isfinite(points).all(axis=1) & (points != 0).any(axis=1)
    geometries: Geometries = np.full(len(rows), None, dtype=object)
    geometries[usable] = shapely.points(points[usable])
    return geometries, found, problems + telling


def _pair(
    names: list[str], settled_roles: Mapping[str, str], first: str, second: str
) -> tuple[str, str] | None:
    """Return the columns of a pair of coordinates, those in 世界測地系 if both datums are there.

    What a person settled goes before what headers say.
    """
    chosen = [settled_roles.get(first), settled_roles.get(second)]
    if chosen[0] in names and chosen[1] in names:
        return str(chosen[0]), str(chosen[1])
    found = []
    for wanted in (first, second):
        fitting = [name for name in names if coordinate_role(name) == wanted]
        fitting.sort(key=lambda name: "日本測地系" in name)
        found.append(fitting[0] if fitting else None)
    return (found[0], found[1]) if found[0] and found[1] else None


def _degrees_evidence(header: str) -> Evidence:
    if "日本測地系" in header or "tokyo" in header.casefold():
        return crs.evidence(4301, "crs_header")
    return crs.evidence(6668, "crs_assumed")


def _plane(
    points: Points, options: ImportOptions, city: City
) -> tuple[Points, Evidence, list[Problem]]:
    """Return points x (east) first, from columns X and Y.

    In a plane rectangular system X is north and Y is east (測量法), unlike every GIS. Exports
    from a GIS call east X all the same, so the order that lands in the city decides; the survey's
    order if neither does. In degrees X is the longitude.
    """
    swapped = points[:, ::-1]  # ``located`` took the second column, Y, as east.
    if options.crs is None and share_inside(sample(swapped), crs.JAPAN) == 1.0:
        return swapped, crs.evidence(6668, "crs_xy_degrees"), []
    if options.crs is None:
        placing = candidates(points, city)
        shapes = np.array(shapely.points(sample(points)), dtype=object)
        raise FileRefused(
            "crs_missing" if placing else "crs_unknown", asked(placing, Clues(shapes))
        )
    found, telling = settled(options.crs, None, points, city)
    if crs.system(crs.epsg_of(found)).kind == "geographic":
        return swapped, found, telling

    def inside(ordered: Points) -> float:
        usable = sample(ordered)
        flat, _ = to_wgs(np.array(shapely.points(usable), dtype=object), crs.epsg_of(found))
        return share_inside(shapely.get_coordinates(flat), city_box(city))

    if inside(swapped) > inside(points):
        return swapped, found, [*telling, warning("x_is_east")]
    return points, found, telling
