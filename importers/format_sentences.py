"""Sentences about formats and what is in files of them; ``messages`` shows them with the rest."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Texts = dict[str, str | Promise]

# The whole file is refused.
REFUSED: Texts = {
    "unknown_format": _(
        "“%(name)s” is in no format that is read here. Give a shapefile (folder, .shp or .zip), "
        "GeoPackage, GeoJSON, KML, KMZ or GML file, or an Excel (.xlsx) or CSV file with columns "
        "of latitude and longitude."
    ),
    "format_not_read": _("“%(name)s” is a %(format)s file, which is not read here. %(advice)s"),
    "advice_spreadsheet": _(
        "Open it in Excel or LibreOffice, save it as an Excel workbook (.xlsx), and import that."
    ),
    "advice_gis": _("Open it in QGIS, export the layer as a GeoPackage (.gpkg), and import that."),
    "advice_cad": _(
        "Ask whoever made the drawing for a shapefile with its coordinate system, or convert it "
        "in a GIS and check it on the map."
    ),
    "advice_document": _(
        "Pages and pictures hold no data that can be read safely: ask whoever made it for the "
        "Excel file, CSV or shapefile behind it."
    ),
    "advice_unpack": _("Unpack it, and import the file or folder that comes out."),
    "advice_source": _(
        "Ask whoever made it for a shapefile, GeoPackage, GeoJSON, KML, GML, Excel (.xlsx) or CSV "
        "file."
    ),
    "empty_folder": _(
        "The folder “%(name)s” holds no file of data that is read here (shapefile, GeoPackage, "
        "GeoJSON, KML, GML, Excel .xlsx, CSV). Name the folder that holds it."
    ),
    "empty_archive": _(
        "The zip “%(name)s” holds no file of data that is read here (shapefile, GeoPackage, "
        "GeoJSON, KML, GML, Excel .xlsx, CSV). Check that it is the right one."
    ),
    "document_too_big": _(
        "“%(name)s” has %(size)s MB; files of this format are read up to %(limit)s MB. Export it "
        "as a GeoPackage or shapefile, which are read up to 2,048 MB, or cut it to the city."
    ),
    "file_too_big": _(
        "“%(name)s” has %(size)s MB; up to %(limit)s MB are read. Cut it to the city's area, or "
        "split it into several files."
    ),
    "xml_broken": _(
        "The XML is broken at line %(line)s, column %(column)s. The file may have been cut off on "
        "its way: get it again."
    ),
    "xml_doctype": _(
        "The XML declares a document type, which can make it fetch other files or grow without "
        "end, so it was not read. Map data needs none: ask its sender for a file without it."
    ),
    "xml_too_deep": _(
        "The XML has more than %(limit)s elements inside each other and was not read. Open it in "
        "QGIS and export it again."
    ),
    "service_error": _(
        "“%(name)s” is no data, but the error message of a map server: “%(text)s”. Download it "
        "again, or ask who runs the server."
    ),
    "workbook_locked": _(
        "The workbook “%(name)s” is locked by a password. Open it in Excel, take the password off "
        "(File, Info, Protect Workbook), save it, and import it again."
    ),
    "workbook_broken": _(
        "The workbook “%(name)s” can't be read: it is damaged. Open it in Excel, save it again "
        "as .xlsx, and import that."
    ),
    "workbook_too_big": _(
        "The workbook holds more than is read (%(limit)s cells, or text to fill the memory). Put "
        "the table on a sheet of its own in a new workbook, or save it as CSV."
    ),
    "too_many_columns": _(
        "The first rows have %(columns)s columns; up to %(limit)s are read. Check that it is a "
        "table, and delete the columns that are blank."
    ),
    "table_too_sparse": _(
        "The table has %(columns)s columns and %(rows)s rows, nearly all of them blank, which is "
        "more than is read. Delete the blank ones, or split the file by kind, and import it again."
    ),
    "kml_only_links": _(
        "The KML holds no places, only a link to data elsewhere (%(link)s), and links are not "
        "followed. Open it in Google Earth, save the places themselves as KML, and import that."
    ),
    "kml_no_places": _(
        "The KML holds no places: only pictures laid over the map, or nothing. Save the places "
        "(placemarks) themselves as KML, and import that."
    ),
    "several_crs": _(
        "The features are in several coordinate systems: %(names)s. Export them in one."
    ),
    "too_many_points": _(
        "The shapes have more than %(limit)s points, counting each use of a line that several "
        "share. Cut the file to the city's area and import it again."
    ),
    "gpkg_unreadable": _(
        "The GeoPackage “%(name)s” can't be read (%(reason)s). It is damaged, or the layer is a "
        "view that needs a program of its own: export the layer from QGIS as a new GeoPackage."
    ),
    "gpkg_too_slow": _(
        "Reading the layer took longer than %(seconds)s seconds and was stopped. If it is a view, "
        "export it from QGIS as a layer of its own."
    ),
    "gpkg_no_layers": _(
        "The GeoPackage “%(name)s” holds no layer of shapes or rows (only pictures of a map, or "
        "nothing). Export the layer you want from QGIS as a GeoPackage."
    ),
}

# A row is left out.
ERRORS: Texts = {
    "geometry_curved": _(
        "The geometry has curves, which are not read. Convert it to straight segments in the "
        "source (in QGIS: Segmentize, or save it as a shapefile) and import it again."
    ),
}

# A row, or the file, is taken, and something should be known.
WARNINGS: Texts = {
    "files_passed_over": _(
        "There are other files of data in it, which were passed over: %(names)s. Choose one with "
        "--part NAME to import it."
    ),
    "sheets_passed_over": _(
        "The sheets %(names)s hold no table and were passed over. Choose one with --part NAME to "
        "import it."
    ),
    "tables_passed_over": _(
        "The tables %(names)s have no shapes and were passed over. Choose one with --part NAME to "
        "import it."
    ),
    "kinds_passed_over": _(
        "Features of the kinds %(names)s have no shapes and were passed over. Choose one with "
        "--part NAME to import it."
    ),
    "shapes_passed_over": _(
        "Features have more than one shape; the first was taken, and %(names)s passed over. Export "
        "them as a layer of their own to import them."
    ),
    "header_again": _("The header stands here once more; the row was passed over."),
    "total_row": _("“%(text)s” is a total, not a place; the row was passed over."),
    "note_row": _("“%(text)s” is a note or a heading, not a place; the row was passed over."),
    "cells_merged": _(
        "Merged cells count for each of their rows: %(count)s blank cells were filled in. Check "
        "them, and write the value into each row in the source."
    ),
    "cell_error": _(
        "The formula in “%(field)s” shows the error “%(text)s”; the cell was left blank. Correct "
        "it in Excel."
    ),
    "formulas_uncomputed": _(
        "%(count)s formulas have no result in the file and were left blank. Open it in Excel, save "
        "it, and import it again."
    ),
    "kml_links": _(
        "The file has %(count)s links to data elsewhere, which are not followed: %(links)s. Save "
        "that data as a file of its own to import it."
    ),
    "kml_overlays": _("%(count)s pictures laid over the map are not imported: only places are."),
    "kml_tracks": _("%(count)s tracks were taken as lines; their times are not kept."),
    "kmz_more": _(
        "The KMZ holds more KML files than its main one, which were passed over: %(names)s. Unpack "
        "it to import them."
    ),
    "wfs_cut": _(
        "The server gave %(given)s of %(matched)s features. Download it again with a higher limit "
        "(count or maxFeatures) to have them all."
    ),
    "axes_turned": _(
        "Latitude and longitude stand the other way round than the file says; they were read so "
        "that the places lie in Japan."
    ),
    "gpkg_unsaved": _(
        "A file ending in -wal lies beside the GeoPackage: changes in it are not imported. Close "
        "the program that has the GeoPackage open, and import it again."
    ),
}

# Why the importers decided as they did.
EVIDENCE: Texts = {
    "encoding_format": _("always, in files of this format"),
    "encoding_xml_declared": _("declared in the XML, and all bytes agree"),
    "crs_kml": _("%(crs)s, as KML is by definition"),
    "crs_gml": _("%(crs)s, named in the GML"),
    "crs_gpkg": _("%(crs)s, named in the GeoPackage"),
    "crs_ks_meta": _("%(crs)s, named in the metadata (KS-META) of the set"),
}
