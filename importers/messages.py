"""The sentences for people: what is wrong, where, and what to do next, by code.

With ``sentences`` and ``format_sentences`` the only module of the importers that translates. Codes
are stable; sentences may be improved.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from importers import format_sentences, sentences
from importers.format_sentences import Texts
from importers.problems import Evidence, FileRefused, Problem

# The whole file is refused.
_REFUSED: Texts = {
    **format_sentences.REFUSED,
    "file_missing": _("There is no file “%(name)s”. Check the path."),
    "file_unreadable": _("“%(name)s” can't be opened. Check its permissions."),
    "file_empty": _("“%(name)s” is empty. Get the file again from its source."),
    "topojson": _(
        "This is TopoJSON, not GeoJSON: its lines are shared between areas. Convert it to "
        "GeoJSON, in QGIS for example, and import that."
    ),
    "json_invalid": _(
        "The JSON is broken at line %(line)s, column %(column)s. The file may have been cut off "
        "on its way: get it again."
    ),
    "json_not_geojson": _(
        "This JSON is not GeoJSON: a FeatureCollection is expected, “%(type)s” was found. "
        "Export it as GeoJSON."
    ),
    "folder_too_many": _(
        "The folder holds more than %(limit)s files. Name the folder of one layer, or its .shp "
        "file."
    ),
    "zip_broken": _("The zip can't be unpacked: it is damaged. Get it again from its source."),
    "zip_encrypted": _("The zip is locked by a password. Unpack it and import the folder."),
    "zip_unsafe": _(
        "The zip holds an entry that points outside of it (“%(name)s”) and was not unpacked. Do "
        "not use this file; ask its sender for a clean one."
    ),
    "zip_too_many": _(
        "The zip holds more than %(limit)s entries. Unpack it and import the folder of one layer."
    ),
    "zip_too_big": _(
        "The zip unpacks to more than is taken (%(limit)s MB, or far more than its own size). "
        "Unpack it and import one layer by itself."
    ),
    "several_layers": _("There are several layers in it: %(layers)s. Choose one with --part NAME."),
    "layer_unknown": _("There is no layer “%(name)s” in it. There are: %(layers)s."),
    "no_shp": _(
        "The shapefile “%(name)s” has no .shp file, which holds the shapes. Put .shp, .shx, "
        ".dbf and .prj together and import them again."
    ),
    "no_dbf": _(
        "The shapefile “%(name)s” has no .dbf file, which holds the attributes. Put .shp, .shx, "
        ".dbf and .prj together and import them again."
    ),
    "shp_broken": _(
        "The shapes in “%(name)s” can't be read: the file is damaged or cut off. Get it again, "
        "or repair it in QGIS and export it."
    ),
    "dbf_unreadable": _(
        "The attribute table “%(name)s” can't be read: its header is damaged. Get it again."
    ),
    "prj_unreadable": _(
        "The .prj file can't be read, so the coordinate system is unknown. Name it with --crs, "
        "for example --crs 6668 for degrees in JGD2011."
    ),
    "crs_unsupported": _(
        "The coordinate system “%(crs)s” is not one of those read here (JGD2011, JGD2000, Tokyo "
        "Datum or WGS84 in degrees, plane rectangular I–XIX, UTM 51–55, Web Mercator). Convert "
        "the file, or name the right system with --crs."
    ),
    "crs_ambiguous": _(
        "The .prj does not name the datum; these fit: %(candidates)s. They lie up to metres "
        "apart. Ask whoever made the file, then add for example --crs %(example)s."
    ),
    "crs_missing": _(
        "The file does not say its coordinate system. These place it in the city: "
        "%(candidates)s. Choose by the age of the data (JGD2011: surveyed since October 2011; "
        "JGD2000: since April 2002; Tokyo: before) and add for example --crs %(example)s."
    ),
    "crs_missing_swapped": _(
        "The file does not say its coordinate system, and X and Y are exchanged in it; turned "
        "round, %(candidates)s would place it in the city. Exchange X and Y in a GIS and export "
        "it again."
    ),
    "crs_unknown": _(
        "The file does not say its coordinate system, and no known one places it in the city. "
        "Ask whoever made it, then name the system with --crs."
    ),
    "crs_contradicts": _(
        "The coordinates are degrees, but the coordinate system is given as %(crs)s, which is in "
        "metres. Name the right one with --crs, for example --crs %(example)s."
    ),
    "axes_swapped": _(
        "X and Y (or longitude and latitude) are exchanged: as %(crs)s the places lie "
        "elsewhere, turned round they fit. Exchange the two in a GIS or spreadsheet and import "
        "it again."
    ),
    "outside_japan": _(
        "As %(crs)s all places lie outside Japan. %(hint)s Check the coordinate system and name "
        "it with --crs."
    ),
    "hint_crs": _("These would place them in the city: %(candidates)s."),
    "grid_unreadable": _(
        "“%(name)s” is no correction grid that can be read, so nothing was converted with it. "
        "Put the right file in its place (make grids), or take it away to convert without it."
    ),
    "encoding_not_known": _("The encoding “%(name)s” is not known. Use one of: %(known)s."),
    "encoding_chosen_wrong": _(
        "Line %(line)s can't be read as %(name)s. Leave --encoding out to have it found, or "
        "name another."
    ),
    "encoding_unknown": _(
        "The text is neither UTF-8 nor Shift_JIS (CP932): line %(line)s can't be read. Save the "
        "file as UTF-8, or name its encoding with --encoding."
    ),
    "encoding_unknown_table": _(
        "The attribute text is neither UTF-8 nor Shift_JIS (CP932): %(count)s values can't be "
        "read. Name the encoding with --encoding."
    ),
    "csv_open_quote": _(
        'A quotation mark (") in the CSV is opened and never closed. Correct it in an editor '
        "and import the file again."
    ),
    "no_rows": _(
        "The file has no rows. Nothing was imported; check that it is the filled-in file."
    ),
    "no_coordinates": _(
        "No columns of coordinates were found. Columns called 緯度 and 経度 (or lat and lon) are "
        "needed; the file has: %(columns)s."
    ),
    "mixed_geometry": _(
        "The file mixes points (%(points)s), lines (%(lines)s) and areas (%(polygons)s); a "
        "layer holds one kind. Export each kind to a file of its own."
    ),
    "nothing_usable": _(
        "None of the %(count)s rows can be used. The first reason: row %(row)s: %(reason)s"
    ),
    "profile_unknown": _("There is no import profile “%(name)s”. There are: %(known)s."),
    "key_unknown": _(
        "There is no column “%(column)s” to tell rows apart by. The file has: %(columns)s."
    ),
    "geometry_type_differs": _(
        "The layer “%(layer)s” holds geometries of the type “%(has)s”, the file “%(file)s”. "
        "Import it into another layer."
    ),
    "key_differs": _(
        "The layer “%(layer)s” tells rows apart by “%(has)s”, this file by “%(file)s”. Name the "
        "layer's column with --key, or import it into another layer."
    ),
}

# A row is left out.
_ERRORS: Texts = {
    **format_sentences.ERRORS,
    "null_geometry": _("It has no geometry. Draw it in the source and import again."),
    "no_position": _("It has neither coordinates nor an address. Add one of them in the source."),
    "address_unknown": _(
        "It has no coordinates, and the address “%(address)s” names no town of the city. Add "
        "coordinates, or write the address with its town."
    ),
    "coordinate_unreadable": _("“%(text)s” in “%(field)s” is no coordinate. Correct the cell."),
    "coordinates_not_numbers": _("A coordinate is not a number. Correct it in the source."),
    "coordinates_swapped": _(
        "Latitude and longitude are exchanged (%(lon)s, %(lat)s). Exchange them in the source."
    ),
    "outside_japan": _(
        "Longitude %(lon)s, latitude %(lat)s lies outside Japan. Correct the coordinates."
    ),
    "geometry_unreadable": _("The geometry can't be read. Draw it again in the source."),
    "geometry_empty": _(
        "Nothing is left of the geometry: it has no extent. Draw it again in the source."
    ),
    "geometry_mixed": _(
        "The geometry mixes points, lines and areas. Split it into rows of one kind each."
    ),
    "not_a_feature": _("This entry is no GeoJSON feature. Correct it in the source."),
    "dbf_record_missing": _(
        "The shape has no record in the attribute table. .shp and .dbf do not belong together, "
        "or one of them was cut off: get the file again."
    ),
    "row_too_long": _(
        "The row has more cells than the %(columns)s columns of the header, so its values may "
        "have moved. Put cells that contain a comma in quotation marks."
    ),
    "key_blank": _(
        "The key column “%(field)s” is blank. Fill it in, or choose another with --key."
    ),
    "key_twice": _(
        "The key “%(value)s” in “%(field)s” is also in row %(rows)s. Each row needs its own: "
        "correct it, or choose another column with --key."
    ),
    "key_too_long": _(
        "The key in “%(field)s” has more than %(limit)s characters. Choose another column with "
        "--key."
    ),
}

# A row, or the file, is taken, and something should be known.
_WARNINGS: Texts = {
    **format_sentences.WARNINGS,
    "placed_by_address": _(
        "It has no coordinates; it was placed at the town %(town)s from its address "
        "“%(address)s”, which is not exact. Add coordinates in the source when they are known."
    ),
    "polygon_repaired": _(
        "The outline crossed itself and was repaired: %(before)s m² before, %(after)s m² after. "
        "Check it on the map, and correct the source."
    ),
    "outside_city": _(
        "%(count)s of %(total)s places lie outside the city (rows %(rows)s). Check that this is "
        "the right file and coordinate system."
    ),
    "heights_dropped": _("Heights and measures of %(count)s shapes are not kept: the map is flat."),
    "datum_grid_missing": _(
        "Converted from %(datum)s without GSI's correction grid (%(grids)s): positions may be "
        "off by up to %(accuracy)s m."
    ),
    "datum_grid_carried": _(
        "%(count)s of %(total)s points lie just beyond the area of GSI's correction grid "
        "(%(grid)s), mostly at sea. They were moved like the nearest places in it and may be off "
        "by up to %(accuracy)s m."
    ),
    "datum_grid_beyond": _(
        "%(count)s of %(total)s points lie far from the area of GSI's correction grid (%(grid)s) "
        "and were converted without it. They may be off by up to %(accuracy)s m."
    ),
    "crs_against_file": _(
        "The file says %(said)s; %(chosen)s was used, as chosen. Check the position on the map."
    ),
    "x_is_east": _(
        "X was taken as east and Y as north, because the places lie in the city only so. In a "
        "plane rectangular system X is north: check the position on the map."
    ),
    "shx_rebuilt": _("The .shx file was missing and was rebuilt from the .shp. Nothing is lost."),
    "records_deleted": _("%(count)s records marked as deleted in the .dbf were passed over."),
    "dbf_shorter": _(
        "The .dbf promises %(said)s records and holds %(found)s. It may have been cut off: "
        "compare it with its source."
    ),
    "dbf_longer": _(
        "The .dbf holds %(found)s records, its header says %(said)s. All were read: check the "
        "last ones."
    ),
    "dbf_type_skipped": _("The field “%(field)s” is of a type (%(type)s) that is not read."),
    "field_name_cut": _(
        "The field name “%(field)s” was cut in the middle of a character by the program that "
        "wrote it; it is used without the remainder."
    ),
    "field_name_twice": _("The field “%(field)s” is there twice; one is called “%(renamed)s” now."),
    "header_twice": _("The column “%(field)s” is there twice; one is called “%(renamed)s” now."),
    "header_blank": _("Column %(number)s has values but no header; it is called “%(field)s” now."),
    "row_too_short": _(
        "The row has fewer cells than the %(columns)s columns of the header; the rest is blank."
    ),
    "text_cut": _(
        "“%(field)s” was cut in the middle of a character by the program that wrote the file: "
        "“%(text)s”. Complete it in the source."
    ),
    "text_unreadable": _(
        "“%(field)s” holds characters that can't be read: “%(text)s”. Correct it in the source."
    ),
    "text_too_long": _(
        "“%(field)s” is cut to %(limit)s characters in lists; the whole text is kept in the "
        "details."
    ),
    "number_unreadable": _("“%(text)s” in “%(field)s” is no number and was left blank."),
    "date_unreadable": _("“%(text)s” in “%(field)s” is no date and was kept as text."),
    "flag_unclear": _(
        "“%(value)s” in “%(field)s” is neither yes nor no and counts as unknown. Write 1 for "
        "designated, nothing for not designated."
    ),
    "encoding_doubtful": _(
        "The text was read as %(encoding)s, but it looks like a Western encoding. Check the "
        "names; if they are wrong, import again with --encoding cp1252."
    ),
    "layer_twice": _("The same layer is there in two encodings; “%(name)s” was read."),
    "key_passed_over": _(
        "The column “%(field)s” is blank or repeated in %(count)s rows, so it does not tell "
        "rows apart."
    ),
    "row_repeated": _("The row is there twice, alike in everything."),
    "near_duplicate": _(
        "%(metres)s m from it lies “%(name)s” (%(where)s). If the two are one place, keep one of "
        "them in the source, under the key that the place has on the map."
    ),
    "stacked_duplicate": _(
        "On the very same spot lies “%(name)s” (%(where)s). If the two are one place, keep one of "
        "them in the source, under the key that the place has on the map."
    ),
    "name_guessed": _("No column is called “name”; “%(field)s” looks like it and was used."),
}

# Why the importers decided as they did.
_EVIDENCE: Texts = {
    **format_sentences.EVIDENCE,
    "encoding_chosen": _("chosen with --encoding"),
    "encoding_bom": _("the file begins with a byte order mark"),
    "encoding_ascii": _("there are only ASCII characters"),
    "encoding_utf8_valid": _("all bytes are valid UTF-8"),
    "encoding_cp932_valid": _("not UTF-8; all bytes are valid CP932 (Shift_JIS of Windows)"),
    "encoding_cp932_doubtful": _("valid as CP932, but it looks like a Western encoding"),
    "encoding_against_claim": _("found on the bytes, although the file claims %(claim)s"),
    "encoding_declared": _("the bytes leave it open; the file claims it"),
    "crs_chosen": _("%(crs)s, chosen with --crs"),
    "crs_prj": _("%(crs)s, named by the .prj"),
    "crs_share": _("%(share)s of the places lie in the city"),
    "datum_date_fits": _("%(what)s bears the date %(date)s: %(datum)s was in use then"),
    "datum_date_too_early": _(
        "%(what)s bears the date %(date)s: there was no %(datum)s at that time yet"
    ),
    "datum_date_later": _(
        "%(what)s bears the date %(date)s: %(datum)s was no longer in use, but older data that is "
        "saved again bears such a date too"
    ),
    "date_of_table": _("the header of the .dbf"),
    "date_of_metadata": _("the metadata"),
    "date_of_file": _("the .shp file"),
    "datum_known_places": _(
        "%(count)s places already known under the same key or name lie %(offset)s m off in one "
        "direction (median distance %(median)s m, scatter %(spread)s m)"
    ),
    "crs_geojson": _("%(crs)s, named in the GeoJSON"),
    "crs_geojson_default": _("%(crs)s, as GeoJSON is by definition (RFC 7946)"),
    "crs_header": _("%(crs)s, named by the column header"),
    "crs_assumed": _("%(crs)s, assumed for columns of latitude and longitude"),
    "crs_xy_degrees": _("%(crs)s, assumed: X and Y are degrees in Japan"),
    "key_chosen": _("column “%(column)s”, chosen with --key"),
    "key_profile": _("column “%(column)s”, known from this kind of list"),
    "key_content": _("no key column: the geometry and values of the row"),
}

REFUSED: Texts = {**_REFUSED, **sentences.REFUSED}
ROWS: Texts = {**_ERRORS, **_WARNINGS, **sentences.ERRORS, **sentences.WARNINGS}
EVIDENCE = _EVIDENCE
"""Sentences by code. A code may say one thing of a file and another of a row: outside_japan."""


def message(about: Problem | FileRefused | Evidence, instead: Texts | None = None) -> str:
    """Return the sentence for a problem, a refusal or a decision, in the active language.

    ``instead`` holds sentences by code that take the place of these, for another way to answer.
    """
    if isinstance(about, Evidence):
        return _sentence(_with(EVIDENCE, instead), about.evidence, about.params)
    if isinstance(about, Problem):
        params = {"row": about.row, "field": about.field, **about.params}
        return _sentence(_with(ROWS, instead), about.code, params)
    return _sentence(_with(REFUSED, instead), about.code, about.params)


def _with(texts: Texts, instead: Texts | None) -> Texts:
    return {**texts, **instead} if instead else texts


_END = re.compile(r"(?<=[.。])\s+(?=[A-Z“])|(?<=。)")
"""Where the first sentence ends: it says what is wrong, the rest what to do."""


def parts(about: Problem) -> tuple[str, str]:
    """Return what is wrong and what to do about it ("" where there is nothing to do).

    Told apart in the sentences as they were written, so that a value may hold full stops.
    """
    params = {"row": about.row, "field": about.field, **about.params}
    texts = [*_END.split(str(ROWS.get(about.code, about.code)), maxsplit=1), ""]
    what, advice = (_sentence({about.code: text}, about.code, params) for text in texts[:2])
    return what, advice


def _sentence(texts: Texts, code: str, params: Mapping[str, Any]) -> str:
    """Return a sentence; a parameter that is itself a code with parameters is told in its place."""
    shown: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping) and "code" in value:
            inner = value.get("params", {})
            shown[name] = _sentence({**EVIDENCE, **REFUSED, **ROWS}, value["code"], inner)
            if inner.get("row") is not None:
                shown.setdefault("row", inner["row"])
        elif isinstance(value, list | tuple):
            shown[name] = ", ".join(str(item) for item in value)
        else:
            shown[name] = "–" if value is None else value
    if code not in texts:
        return code
    return " ".join((str(texts[code]) % shown).split())
