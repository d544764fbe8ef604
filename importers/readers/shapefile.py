"""Shapefiles: geometry by GDAL, attributes by our own DBF reader, matched by record number."""

import csv
import io
import shutil
import tempfile
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from importers import crs, dbf
from importers.age import dates_of
from importers.area import City
from importers.encoding import clean_text, declared, decoded, values_encoding
from importers.guess import settled
from importers.options import ImportOptions
from importers.problems import Evidence, FileRefused, Problem, error, warning
from importers.source import LABELS, Source
from importers.table import Column, Geometries, Row, Table

_DRIVER = "ESRI Shapefile"


def read(source: Source, options: ImportOptions, city: City) -> Table:
    """Return a shapefile's rows; records that were deleted in the table are left out."""
    attributes = dbf.read_dbf(source.members[".dbf"])
    encoding = _encoding(source, attributes, options)
    names, naming = dbf.field_names(attributes, encoding.name)
    shapes, reading = _shapes(source)
    problems = [*source.problems, *attributes.problems, *naming, *reading]
    if encoding.evidence == "encoding_cp932_doubtful":
        problems.append(warning("encoding_doubtful", encoding=encoding.name))
    rows: list[Row] = []
    numbers: list[int] = []
    for index in range(max(len(attributes.records), len(shapes))):
        if index >= len(attributes.records):
            problems.append(error("dbf_record_missing", index + 1))
            rows.append(dict.fromkeys(names))
        elif attributes.deleted(index):
            continue
        else:
            row, found = dbf.values(attributes, index, names, encoding.name, index + 1)
            problems += found
            rows.append(row)
        numbers.append(index + 1)
    if deleted := max(len(attributes.records), len(shapes)) - len(rows):
        problems.append(warning("records_deleted", count=deleted))
    geometries = np.full(len(numbers), None, dtype=object)
    for position, number in enumerate(numbers):
        if number <= len(shapes):
            geometries[position] = shapes[number - 1]
    found_crs, telling = settled(
        options.crs,
        _prj(source, options),
        shapely.get_coordinates(geometries),
        city,
        shapes=geometries,
        dates=dates_of(source.members),
        grids=options.grids,
    )
    return Table(
        "shapefile",
        source.display_name,
        _columns(source, attributes, names),
        rows,
        numbers,
        geometries,
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


def _prj(source: Source, options: ImportOptions) -> Evidence | FileRefused | None:
    """Return what the ``.prj`` says, None without one; the refusal of one that names no datum.

    A person's choice needs no readable one.
    """
    file = source.members.get(".prj")
    text = (
        file.read_bytes().decode("utf-8", errors="replace").strip("\ufeff\0 \t\r\n") if file else ""
    )
    if not text:
        return None
    try:
        return crs.from_prj(text)
    except FileRefused as refusal:
        if options.crs is not None:
            return None
        if refusal.code == "crs_ambiguous":
            return refusal
        raise


def _shapes(source: Source) -> tuple[Geometries, list[Problem]]:
    """Return the geometries in record order (None for null shapes), and what had to be mended.

    GDAL sees ``layer.shp`` (a link, only ever read) and ``layer.shx`` (a copy) in a temporary
    folder and no table, so that it neither decodes text nor drops rows, and whatever it rebuilds
    it writes there: the files a person named are never touched.
    """
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        (Path(folder) / "layer.shp").symlink_to(source.members[".shp"].resolve())
        if ".shx" in source.members:
            # A copy: GDAL rewrites a .shx wherever SHAPE_RESTORE_SHX is on, through a link too.
            shutil.copyfile(source.members[".shx"], Path(folder) / "layer.shx")
        else:
            problems.append(warning("shx_rebuilt"))
        wkb = _wkb(Path(folder) / "layer.shp", source)
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    for index, (shape, raw) in enumerate(zip(shapes, wkb, strict=True)):
        if shape is None and raw is not None:
            problems.append(error("geometry_unreadable", index + 1))
    return shapes, problems


def _wkb(path: Path, source: Source) -> Geometries:
    """Return each record's WKB (or None), in record order."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of measures and ring order, which are dealt with later
            if not path.with_suffix(".shx").exists():
                pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
            # pyogrio can't name a driver when it opens; the bytes were sniffed, so ask which it is.
            if pyogrio.read_info(path)["driver"] != _DRIVER:
                raise FileRefused("shp_broken", {"name": source.main.name})
            _, table = pyogrio.read_arrow(path, columns=[], return_fids=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as failed:
        raise FileRefused("shp_broken", {"name": source.main.name}) from failed
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    fids = table.column(0).to_pylist()
    wkb = np.full(max(fids, default=-1) + 1, None, dtype=object)
    for fid, value in zip(fids, table.column(1).to_pylist(), strict=True):
        wkb[fid] = value
    return wkb


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
