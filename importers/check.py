"""From a table to rows fit to be stored, and why the others may not.

Decisions about the file as a whole come first, on all rows at once (``survey``, ``keys``); then the
geometries are read again, batch by batch, and each batch goes on as soon as it is done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from importers import crs, datum, position, rows
from importers.area import City
from importers.columns import objects, positions
from importers.geometry import DECIMALS, GeometryType, mended, with_heights
from importers.headers import Role
from importers.keys import column_keys, content_keys
from importers.options import ImportOptions
from importers.pipeline import Spread, one_by_one
from importers.problems import Evidence, FileRefused, Problem, Severity, error, warning
from importers.profiles import Profile
from importers.rows import Candidate
from importers.ruled import Ruled, ruled
from importers.survey import prepared, surveyed
from importers.table import Geometries, Table, slices

MAX_NAME, MAX_ADDRESS = 300, 500
"""Characters a feature's name and address hold; the whole text stays in the properties."""


class Sink(Protocol):
    """Takes what is found out, as it is found out."""

    def expect(self, total: int) -> None:
        """Take the number of rows there are."""
        ...

    def rows(self, batch: pa.RecordBatch) -> None:
        """Take rows that may be stored (``rows.SCHEMA``).

        Called by whoever works on the batch: of a large file by several processes, as each gets
        ready.
        """
        ...

    def tell(self, problems: list[Problem]) -> None:
        """Take problems, in no order."""
        ...


@dataclass(slots=True)
class Collected:
    """A sink that keeps everything: for small files, and for tests."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def expect(self, total: int) -> None:
        """Take the number of rows; nobody waits here."""

    def rows(self, batch: pa.RecordBatch) -> None:
        """Keep a batch."""
        self.batches.append(batch)

    def tell(self, problems: list[Problem]) -> None:
        """Keep problems, those of the whole file first, then by row."""
        self.problems = sorted([*self.problems, *problems], key=lambda p: p.row or 0)

    @property
    def candidates(self) -> list[Candidate]:
        """The rows as Python values."""
        return [row for batch in self.batches for row in rows.candidates(batch)]


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a file as a whole; the rows and their problems went into the sink."""

    geometry_type: GeometryType
    key_evidence: Evidence
    columns: tuple[dict[str, Any], ...]
    """The layer's schema: name, type and title of each column, as plain JSON."""
    crs: Evidence
    datum_step: datum.DatumStep
    read: int
    rejected: int
    """How many of the rows read may not be stored."""

    @property
    def key_column(self) -> str:
        """The column the keys come from; "" where they are made of each row's content."""
        return str(self.key_evidence.params.get("column", ""))


def checked(
    table: Table,
    profile: Profile,
    city: City,
    options: ImportOptions,
    sink: Sink,
    spread: Spread = one_by_one,
) -> Checked:
    """Check a table's rows and give those that may be stored to the sink.

    ``spread`` says who works on the batches. Raises FileRefused where the file as a whole can't be
    used; what the sink was given by then is to be thrown away.
    """
    if not len(table):
        raise FileRefused("no_rows")
    if (system := table.crs) is None:
        raise FileRefused("crs_unknown")
    sink.expect(len(table))
    read = ruled(table, profile, city.code, options.types, options.units)
    table = read.table
    epsg = crs.epsg_of(system)
    keys, key_evidence, keying = column_keys(table, profile, options.key)
    geographic = crs.system(epsg).kind == "geographic"
    survey = surveyed(table, places=keys is None, geographic=geographic, spread=spread)
    kind, plan = survey.kind, datum.steps(epsg, survey.bounds, options.grids)
    problems = [
        *table.problems,
        *read.problems,
        *survey.problems,
        *position.not_numbers(survey.boxes, survey.dimensions, table.row_numbers),
        *position.misplaced(survey.boxes, plan, table.row_numbers, city),
        *keying,
    ]
    left_out = _left_out(problems, table.row_numbers)
    if keys is None:
        keys, repeated = content_keys(table, survey.places, left_out)
        problems += repeated
    facts = _Facts(table, profile, keys)
    problems += facts.problems
    work = _Work(read, kind, plan, city, facts, left_out, sink)
    sink.tell(problems)
    for told in work.done(spread):
        sink.tell(told)
    step = plan.step(work.tally)
    if not work.stored:
        first = next(p for p in [*problems, *work.first_errors] if p.severity is Severity.ERROR)
        raise FileRefused("nothing_usable", {"count": len(table), "reason": _reason(first)})
    sink.tell([*step.told(), *position.outside_city(work.away, work.surveyed)])
    return Checked(
        survey.kind,
        key_evidence,
        profile.schema(profile.columns(table), read.units),
        system,
        step,
        len(table),
        len(table) - work.stored,
    )


class _Facts:
    """Key, name, address … of all rows, and where each comes from."""

    def __init__(self, table: Table, profile: Profile, keys: pa.Array) -> None:
        self.roles: Mapping[Role, str] = profile.roles(table)
        self.problems: list[Problem] = []
        if "name" in self.roles and "name" not in profile.known_roles(table):
            self.problems.append(warning("name_guessed", None, self.roles["name"]))
        self.columns = {"key": keys}
        for role in ("name", "name_kana", "name_en"):
            self.columns[role] = self._cut(table, role, self._text(table, role), MAX_NAME)
        address = position.addresses(table, self.roles)
        self.columns["address"] = self._cut(table, "address", address, MAX_ADDRESS)
        self.municipality = self._text(table, "municipality")

    def _text(self, table: Table, role: Role) -> pa.Array:
        if role not in self.roles:
            return pa.array([""] * len(table), pa.string())
        return table.values[self.roles[role]].as_text()

    def _cut(self, table: Table, role: Role, texts: pa.Array, limit: int) -> pa.Array:
        long = pc.greater(pc.utf8_length(texts), limit)
        for index in positions(long):
            number = int(table.row_numbers[index])
            self.problems.append(
                warning("text_too_long", number, self.roles.get(role), limit=limit)
            )
        return pc.utf8_slice_codeunits(texts, 0, limit) if pc.any(long).as_py() else texts


@dataclass(slots=True)
class _Work:
    """The batches on their way, and what was counted over all of them."""

    read: Ruled
    kind: GeometryType
    plan: datum.Plan
    city: City
    facts: _Facts
    left_out: npt.NDArray[np.bool_]
    sink: Sink
    tally: datum.Tally = field(default_factory=datum.Tally)
    stored: int = 0
    surveyed: int = 0
    away: list[int] = field(default_factory=list)
    first_errors: list[Problem] = field(default_factory=list)

    @property
    def table(self) -> Table:
        """The rows that are worked on."""
        return self.read.table

    def done(self, spread: Spread) -> Iterator[list[Problem]]:
        """Send each batch's usable rows on their way, and yield its problems, in order."""
        shapes = self.table.shapes
        batches = slices(len(self.table)) if shapes is None else shapes.batches()
        for done in spread(self._done, list(enumerate(batches))):
            self.stored += done.stored
            self.surveyed += done.surveyed
            self.away += done.away
            self.tally.add(done.tally)
            if not self.first_errors:
                self.first_errors = [p for p in done.problems if p.severity is Severity.ERROR][:1]
            yield done.problems

    def _done(self, batch: tuple[int, slice]) -> "_Done":
        number, rows_here = batch
        start, tally = rows_here.start, datum.Tally()
        if self.table.shapes is None:
            geometries = np.full(rows_here.stop - start, None, dtype=object)
        else:
            geometries, _ = self.table.shapes.geometries(number)
        numbers = self.table.row_numbers[rows_here]
        usable = ~self.left_out[rows_here]
        ready, _ = prepared(geometries)
        surveyed = ~shapely.is_missing(ready) & usable
        source = ready.copy()
        source[~surveyed] = None
        flat, problems = self._stored(source, numbers, tally)
        told, placed = self._placed(flat, usable & shapely.is_missing(ready), numbers, start)
        problems += told
        good = np.flatnonzero(~shapely.is_missing(flat))
        measured = good[~placed[good]]
        away = measured[position.away_from_city(flat[measured], self.city)]
        if len(good):
            self.sink.rows(self._batch(flat[good], placed[good], start + good, start, len(flat)))
        return _Done(len(good), problems, len(measured), [int(n) for n in numbers[away]], tally)

    def _stored(
        self, source: Geometries, numbers: npt.NDArray[np.int64], tally: datum.Tally
    ) -> tuple[Geometries, list[Problem]]:
        """Return geometries in stored degrees, fit to be stored, and what was done to them."""
        flat = shapely.force_2d(source) if with_heights(source) else source
        points = self.plan.apply(shapely.get_coordinates(flat), tally)
        with np.errstate(over="ignore", invalid="ignore"):
            # Adding 0 turns -0.0 into 0.0.
            flat = shapely.set_coordinates(flat, np.round(points, DECIMALS) + 0.0)
        fit = shapely.is_valid(flat) & ~shapely.is_empty(flat)
        problems = []
        for index in np.flatnonzero(~fit & ~shapely.is_missing(flat)):
            result, number = mended(flat[index], self.kind), int(numbers[index])
            flat[index] = result.geometry
            if result.geometry is None:
                problems.append(error("geometry_empty", number))
            elif result.areas is not None:
                before, after = result.areas
                problems.append(
                    warning("polygon_repaired", number, None, before=before, after=after)
                )
        return flat, problems

    def _placed(
        self,
        flat: Geometries,
        wanting: npt.NDArray[np.bool_],
        numbers: npt.NDArray[np.int64],
        start: int,
    ) -> tuple[list[Problem], npt.NDArray[np.bool_]]:
        """Place rows without a geometry by their address; return what to tell, and which were."""
        problems: list[Problem] = []
        placed = np.zeros(len(flat), bool)
        for index in np.flatnonzero(wanting):
            number = int(numbers[index])
            if self.kind != "point":
                problems.append(error("null_geometry", number))
                continue
            flat[index], told = position.placed_by_address(
                self.facts.columns["address"][start + index].as_py(),
                self.facts.municipality[start + index].as_py(),
                self.city,
                number,
                self.facts.roles.get("address"),
            )
            if told.code == "no_position" and self.table.format not in _LISTS:
                told = error("null_geometry", number)
            problems.append(told)
            placed[index] = flat[index] is not None
        return problems, placed

    def _batch(
        self,
        geometries: Geometries,
        placed: npt.NDArray[np.bool_],
        indices: npt.NDArray[np.intp],
        start: int,
        count: int,
    ) -> pa.RecordBatch:
        chosen = pa.array(indices)
        facts = {name: texts.take(chosen) for name, texts in self.facts.columns.items()}
        values = {name: v.taken(indices) for name, v in self.table.values.items()}
        members = self.read.source_members(start, start + count)
        members = None if members is None else members.take(pa.array(indices - start))
        wkb = shapely.to_wkb(geometries)  # the column of the staging table gives it its SRID
        columns = {
            "row": pa.array(self.table.row_numbers[indices].astype(np.int32)),
            **facts,
            "provenance": pc.if_else(pa.array(placed), "address_town", "surveyed"),
            "properties": objects(values, len(indices), members),
            "geom": pa.array(wkb, pa.binary()),
        }
        return pa.RecordBatch.from_arrays(
            [columns[name] for name in rows.SCHEMA.names], schema=rows.SCHEMA
        )


_LISTS = frozenset(["csv", "xlsx"])
"""Formats whose rows may have an address only; in the others a geometry is missing."""


@dataclass(frozen=True, slots=True)
class _Done:
    stored: int
    problems: list[Problem]
    surveyed: int
    away: list[int]
    tally: datum.Tally


def _left_out(problems: list[Problem], numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    wrong = [p.row for p in problems if p.severity is Severity.ERROR and p.row is not None]
    result: npt.NDArray[np.bool_] = np.isin(numbers, np.array(wrong, np.int64))
    return result


def _reason(first: Problem) -> dict[str, Any]:
    """Return the first error, to be told with the refusal."""
    return {"code": first.code, "params": {"row": first.row, "field": first.field, **first.params}}
