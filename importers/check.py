"""From a table to candidates: each row that may become a feature, and why the others may not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from shapely.geometry.base import BaseGeometry

from importers import crs, position
from importers.area import City
from importers.datum import DatumStep, to_wgs
from importers.flags import flag
from importers.geometry import (
    GeometryType,
    dimensions_dropped,
    mended,
    one_dimension,
    rounded,
)
from importers.headers import Role, normalised
from importers.keys import row_keys
from importers.problems import Evidence, FileRefused, Problem, Severity, error, warning
from importers.profiles import Profile
from importers.table import Geometries, Row, Table, one_line

Provenance = Literal["surveyed", "address_town", "hand"]

MAX_NAME, MAX_ADDRESS = 300, 500
"""Characters a feature's name and address hold; the whole text stays in the properties."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row fit to be stored. ``geometry`` is 2D, valid, longitude first, EPSG:4326.

    Coordinates are rounded to ``geometry.DECIMALS``; ``properties`` hold every source column.
    """

    row: int
    key: str
    name: str
    name_kana: str
    name_en: str
    address: str
    geometry: BaseGeometry
    provenance: Provenance
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a file: what may be stored and what a person should know first."""

    candidates: list[Candidate]
    problems: list[Problem]
    geometry_type: GeometryType
    key_evidence: Evidence
    columns: tuple[dict[str, str], ...]
    """The layer's schema: name, type and title of each column, as plain JSON."""
    crs: Evidence
    datum_step: DatumStep
    rejected: int
    """How many of the rows read are no candidates."""

    @property
    def key_column(self) -> str:
        """The column the keys come from; "" where they are made of each row's content."""
        return str(self.key_evidence.params.get("column", ""))


def candidates(
    table: Table,
    profile: Profile,
    city: City,
    *,
    key: str | None = None,
    epsg: int | None = None,
    grids: Path | None = None,
) -> Checked:
    """Check a table's rows and return the candidates.

    ``key`` names the column that identifies a row, ``epsg`` replaces the table's system, ``grids``
    is a folder with datum grids. Raises FileRefused where the file as a whole can't be used.
    """
    if not table.rows:
        raise FileRefused("no_rows")
    system = crs.evidence(epsg, "crs_chosen") if epsg is not None else table.crs
    if system is None:
        raise FileRefused("crs_unknown")
    code, numbers = crs.epsg_of(system), table.row_numbers
    problems = list(table.problems)
    source, kind, mixing = one_dimension(_source(table), numbers)
    problems += mixing + dimensions_dropped(source) + position.not_numbers(source, numbers)
    flat, step = to_wgs(source, code, grids)
    problems += position.misplaced(source, flat, code, numbers, city)
    problems += _datum_told(step)
    keys, key_evidence, keying = row_keys(
        replace(table, geometries=source),
        profile,
        key,
        geographic=crs.system(code).kind == "geographic",
        skip=_left_out(problems),
    )
    problems += keying + _flags(table, profile)
    left_out = _left_out(problems)
    flat = rounded(flat)
    roles = profile.roles(table)
    problems += _name_told(table, profile, roles)
    kept: list[Candidate] = []
    for index, (row, number) in enumerate(zip(table.rows, numbers, strict=True)):
        if number in left_out:
            continue
        provenance: Provenance = "surveyed"
        if source[index] is not None:
            geometry, told = _fit(flat[index], kind, number)
        elif kind == "point":
            provenance = "address_town"
            geometry, told = position.placed_by_address(row, roles, city, number)
            if told.code == "no_position" and table.format not in ("csv", "xlsx"):
                told = error("null_geometry", number)
        else:
            geometry, told = None, error("null_geometry", number)
        problems += [told] if told else []
        if geometry is not None:
            facts, cut = _facts(row, roles, number)
            problems += cut
            kept.append(
                Candidate(
                    number,
                    keys[index],
                    **facts,
                    geometry=geometry,
                    provenance=provenance,
                    properties=row,
                )
            )
    if not kept:
        raise FileRefused("nothing_usable", {"count": len(numbers), "reason": _reason(problems)})
    surveyed = [c for c in kept if c.provenance == "surveyed"]
    problems += position.outside_city(
        [c.geometry for c in surveyed], [c.row for c in surveyed], city
    )
    problems.sort(key=lambda problem: problem.row or 0)
    columns = tuple(
        {"name": c.name, "type": c.type, "title": c.title} for c in profile.columns(table)
    )
    rejected = len(numbers) - len(kept)
    return Checked(kept, problems, kind, key_evidence, columns, system, step, rejected)


def _source(table: Table) -> Geometries:
    if table.geometries is None:
        return np.full(len(table.rows), None, dtype=object)
    return position.without_nowhere(table.geometries)


def _name_told(table: Table, profile: Profile, roles: Mapping[Role, str]) -> list[Problem]:
    """Return a note where the name was found by the look of a column, not by its header."""
    if "name" not in roles or "name" in profile.known_roles(table):
        return []
    return [warning("name_guessed", None, roles["name"])]


def _datum_told(step: DatumStep) -> list[Problem]:
    if not step.missing:
        return []
    return [
        warning(
            "datum_grid_missing",
            datum=step.source,
            accuracy=step.accuracy,
            grids=", ".join(step.missing),
        )
    ]


def _fit(
    flat: BaseGeometry, kind: GeometryType, number: int
) -> tuple[BaseGeometry | None, Problem | None]:
    """Return a geometry fit to be stored or None, and what was done to it."""
    result = mended(flat, kind)
    if result.geometry is None:
        return None, error("geometry_empty", number)
    if result.areas is not None:
        before, after = result.areas
        return result.geometry, warning(
            "polygon_repaired", number, None, before=before, after=after
        )
    return result.geometry, None


def _facts(
    row: Row, roles: Mapping[Role, str], number: int
) -> tuple[dict[str, str], list[Problem]]:
    """Return name, kana, English name and address of a row, as far as it has them."""
    facts = {
        role: one_line(row.get(roles.get(role, ""))) for role in ("name", "name_kana", "name_en")
    }
    facts["address"] = position.address_of(row, roles)
    problems: list[Problem] = []
    for fact, text in facts.items():
        limit = MAX_ADDRESS if fact == "address" else MAX_NAME
        if len(text) > limit:
            facts[fact] = text[:limit]
            field = roles.get(fact)  # type: ignore[call-overload]
            problems.append(warning("text_too_long", number, field, limit=limit))
    return facts, problems


def _flags(table: Table, profile: Profile) -> list[Problem]:
    """Return a warning for each flag of a designation that is neither yes nor no."""
    rules = {
        normalised(name) for name, rule in profile.value_rules.items() if rule == "designation"
    }
    flags = [column.name for column in table.columns if normalised(column.name) in rules]
    return [
        warning("flag_unclear", number, name, value=str(row[name])[:40])
        for row, number in zip(table.rows, table.row_numbers, strict=True)
        for name in flags
        if flag(row.get(name)) is None
    ]


def _left_out(problems: list[Problem]) -> set[int | None]:
    return {problem.row for problem in problems if problem.severity is Severity.ERROR}


def _reason(problems: list[Problem]) -> dict[str, Any]:
    """Return the first error, to be told with the refusal."""
    first = next(p for p in problems if p.severity is Severity.ERROR)
    return {"code": first.code, "params": {"row": first.row, "field": first.field, **first.params}}
