"""Shapefiles: geometry by GDAL, attributes by our own DBF reader, matched by record number."""

import csv
import io
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio
import shapely

from importers import crs, dbf
from importers.age import dates_of
from importers.area import City
from importers.columns import Values
from importers.encoding import clean_text, declared, decoded, values_encoding
from importers.guess import settled
from importers.keys import normalised_keys
from importers.markup import xml_text
from importers.options import ImportOptions
from importers.pipeline import Spool, spooled
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.proposal import Clues, labelled
from importers.source import KS_META, LABELS, Source
from importers.srs_names import from_ks_meta
from importers.table import BATCH, Column, Geometries, Table

_DRIVER = "ESRI Shapefile"
_SAMPLED, _SAMPLED_AT = 100, (0.0, 0.2, 0.4, 0.6, 0.8)
"""So many records, from so far into the file, stand for all when its system is looked for."""


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a shapefile's rows; records that were deleted in the table are left out."""
    attributes = dbf.read_dbf(source.members[".dbf"])
    with _linked(source) as path:
        with _refusing(source):
            count = _count(source, path)
            sampled, records = _sample(path, count)
        # GDAL reads the geometries while the table's text is decoded.
        with spooled(_taken(source, path)) as spool:
            encoding = _encoding(source, attributes, options)
            names, naming = dbf.field_names(attributes, encoding.name)
            columns = _column_values(attributes, names, encoding.name)
    problems = [*source.problems, *attributes.problems, *naming]
    if encoding.evidence == "encoding_cp932_doubtful":
        problems.append(warning("encoding_doubtful", encoding=encoding.name))
    if ".shx" not in source.members:
        problems.append(warning("shx_rebuilt"))
    deleted = np.zeros(max(count, len(attributes)), bool)
    deleted[: len(attributes)] = attributes.deleted
    kept = np.flatnonzero(~deleted)
    if deleted.any():
        problems.append(warning("records_deleted", count=int(deleted.sum())))
    problems += [
        error("dbf_record_missing", int(index) + 1) for index in kept[kept >= len(attributes)]
    ]
    values = {}
    for name, (whole, found) in columns.items():
        values[name] = whole.padded(len(deleted)).taken(kept)
        problems += [problem for problem in found if not deleted[(problem.row or 1) - 1]]
    shapes = _Shapes(spool, ~deleted)
    there = np.isin(records, kept)
    sampled, rows_sampled = sampled[there], np.searchsorted(kept, records[there])
    clues = Clues(
        sampled,
        labelled(
            (normalised_keys(v.taken(rows_sampled)).to_pylist() for v in values.values()),
            options.known,
        ),
        dates_of(source.members, [_metadata(source)] if KS_META in source.members else []),
        options.known,
        options.grids,
    )
    points = shapely.get_coordinates(sampled)
    found_crs, telling = settled(options.crs, _prj(source, options), points, city, clues)
    return Table(
        "shapefile",
        source.display_name,
        _columns(source, attributes, names),
        values,
        kept + 1,
        shapes,
        encoding,
        found_crs,
        problems + telling,
    )


def _encoding(source: Source, attributes: dbf.Dbf, options: ImportOptions) -> Evidence:
    cpg = source.members.get(".cpg")
    claim = declared(
        cpg.read_bytes()[:100].decode("ascii", errors="replace") if cpg else None,
        attributes.language_byte,
    )
    return values_encoding(attributes.texts(), claim, options.encoding)


def _column_values(
    attributes: dbf.Dbf, names: list[str], encoding: str
) -> dict[str, tuple[Values, list[Problem]]]:
    numbers = np.arange(1, len(attributes) + 1)
    return {
        name: dbf.column_values(attributes, field, name, encoding, numbers)
        for name, field in zip(names, attributes.fields, strict=True)
    }


def _prj(source: Source, options: ImportOptions) -> Evidence | FileRefused | None:
    """Return what the ``.prj`` says, else what 国土数値情報's metadata says, else None.

    For a ``.prj`` that names no datum, its refusal. A person's choice needs no readable one.
    """
    file = source.members.get(".prj")
    text = (
        file.read_bytes().decode("utf-8", errors="replace").strip("\ufeff\0 \t\r\n") if file else ""
    )
    if not text:
        return from_ks_meta(_metadata(source)) if KS_META in source.members else None
    try:
        return crs.from_prj(text)
    except FileRefused as refusal:
        if options.crs is not None:
            return None
        if refusal.code == "crs_ambiguous":
            return refusal
        raise


def _metadata(source: Source) -> str:
    """Return the text of 国土数値情報's metadata, "" without any."""
    file = source.members.get(KS_META)
    try:
        return xml_text(file.read_bytes())[0] if file else ""
    except FileRefused:
        return ""


@dataclass(frozen=True)
class _Shapes:
    """A shapefile's geometries, record by record; those that are not ``kept`` are left out."""

    records: Spool
    kept: npt.NDArray[np.bool_]

    @cached_property
    def _stretches(self) -> list[tuple[int, int]]:
        """First record of each batch, and the one behind its last."""
        ends = [0]
        for number in range(len(self.records)):
            ends.append(self.records[number].column(0)[-1].as_py() + 1)
        # Behind them stand the records of the table beyond the last shape.
        ends += range(ends[-1] + BATCH, len(self.kept), BATCH)
        return list(pairwise(dict.fromkeys([*ends, len(self.kept)])))

    def batches(self) -> list[slice]:
        """Return the rows of each batch, in order."""
        ends = np.concatenate([[0], np.cumsum(self.kept)])
        return [slice(int(ends[start]), int(ends[stop])) for start, stop in self._stretches]

    def geometries(self, number: int) -> tuple[Geometries, list[Problem]]:
        """Return a batch's geometries (None for null shapes) and the rows that can't be read."""
        start, stop = self._stretches[number]
        kept = self.kept[start:stop]
        shapes = np.full(stop - start, None, dtype=object)
        if number >= len(self.records):
            return shapes[kept], []
        batch = self.records[number]
        fids, wkb = batch.column(0).to_numpy() - start, batch.column(1)
        shapes[fids] = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
        there = np.zeros(stop - start, bool)
        there[fids] = wkb.is_valid().to_numpy(zero_copy_only=False)
        bad = np.flatnonzero(there & shapely.is_missing(shapes) & kept)
        problems = [error("geometry_unreadable", start + int(index) + 1) for index in bad]
        return shapes[kept], problems


# -- what GDAL does ---------------------------------------------------------------------------


@contextmanager
def _linked(source: Source) -> Iterator[Path]:
    """Yield a path that GDAL may open.

    GDAL sees ``layer.shp`` (a link, only ever read) and ``layer.shx`` (a copy) in a temporary
    folder and no table, so that it neither decodes text nor drops rows, and whatever it rebuilds
    it writes there: the files a person named are never touched.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "layer.shp"
        path.symlink_to(source.members[".shp"].resolve())
        if ".shx" in source.members:
            # A copy: GDAL rewrites a .shx wherever SHAPE_RESTORE_SHX is on, through a link too.
            shutil.copyfile(source.members[".shx"], path.with_suffix(".shx"))
        yield path


@contextmanager
def _refusing(source: Source) -> Iterator[None]:
    """Raise FileRefused for what GDAL can't read."""
    try:
        yield
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        RuntimeError,
        pa.ArrowException,
    ) as failed:
        raise FileRefused("shp_broken", {"name": source.main.name}) from failed


def _count(source: Source, path: Path) -> int:
    """Return how many shapes there are; a missing ``.shx`` is made, which it takes to know."""
    if ".shx" not in source.members:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        info = pyogrio.read_info(path, force_feature_count=True)
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    # pyogrio can't name a driver when it opens; the bytes were sniffed, so ask which it was.
    if info["driver"] != _DRIVER:
        raise FileRefused("shp_broken", {"name": source.main.name})
    return int(info["features"])


def _sample(path: Path, count: int) -> tuple[Geometries, npt.NDArray[np.int64]]:
    """Return geometries from a few places in the file, and their records (from 0)."""
    taken: list[Geometries] = [np.empty(0, dtype=object)]
    records: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    for start in sorted({int(share * count) for share in _SAMPLED_AT}):
        _, table = pyogrio.read_arrow(
            path, columns=[], return_fids=True, skip_features=start, max_features=_SAMPLED
        )
        taken.append(shapely.from_wkb(table.column(1).to_numpy(), on_invalid="ignore"))
        records.append(table.column(0).to_numpy())
    whole, first = np.unique(np.concatenate(records), return_index=True)
    return np.concatenate(taken)[first], whole


def _taken(source: Source, path: Path) -> Iterator[pa.RecordBatch]:
    """Yield record numbers (from 0) and WKB as GDAL reads them, at most BATCH at once."""
    with _refusing(source), pyogrio.open_arrow(
        path, columns=[], return_fids=True, batch_size=BATCH, use_pyarrow=True
    ) as (_, reader):  # fmt: skip
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            if len(batch):
                yield batch


# -- what the publisher says of the columns ---------------------------------------------------


def _columns(source: Source, attributes: dbf.Dbf, names: list[str]) -> tuple[Column, ...]:
    titles, labels = _labels(source)
    return tuple(
        Column(name, dbf.column_type(field), titles.get(key, name), label=key in labels)
        for name, field in zip(names, attributes.fields, strict=True)
        for key in (_folded(name),)
    )


def _labels(source: Source) -> tuple[dict[str, str], set[str]]:
    """Return field → label, and the fields to label the map with, from ``attributes.csv``.

    The publisher's rows may be ragged, blank or name fields that are not there; it is a help, so
    what can't be read is left out and never stops an import.
    """
    file = source.members.get(LABELS)
    titles: dict[str, str] = {}
    labels: set[str] = set()
    if file is None:
        return titles, labels
    try:
        rows = list(csv.reader(io.StringIO(decoded(file.read_bytes())[0])))
    except (FileRefused, csv.Error):
        return titles, labels
    for row in rows[1:]:
        name, title, flag = ([clean_text(cell).strip() for cell in row] + ["", "", ""])[:3]
        if name and title:
            titles.setdefault(_folded(name), title)
            if flag == "1":
                labels.add(_folded(name))
    return titles, labels


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
