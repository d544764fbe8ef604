"""The sentences for somebody at a page: as in ``messages``, without the command line's options."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from importers.imports import ASKS
from importers.messages import Texts, message
from importers.models import Import
from importers.outcome import refusal_of
from importers.problems import Evidence, FileRefused, Problem

ASKED: dict[str, str] = {
    **ASKS,
    **dict.fromkeys(["prj_unreadable", "crs_unsupported", "crs_contradicts"], "crs"),
    **dict.fromkeys(["axes_swapped", "outside_japan"], "crs"),
    "encoding_not_known": "encoding",
}
"""Refusals that another choice may overcome, by the choice (a field of forms.ReadingForm)."""

QUESTIONS: Texts = {
    "layer_name": _("Which layer of the file is it?"),
    "crs": _("Which coordinate system is the file in?"),
    "encoding": _("How are the letters of the file encoded?"),
    "key": _("Which column tells the rows apart?"),
}

_REFUSED: Texts = {
    "several_layers": _("There are several layers in the file. Choose the one to read."),
    "prj_unreadable": _(
        "The .prj file can't be read, so the coordinate system is unknown. Choose it here; whoever "
        "made the file knows it."
    ),
    "crs_unsupported": _(
        "The coordinate system “%(crs)s” is not one of those read here (JGD2011, JGD2000, Tokyo "
        "Datum or WGS84 in degrees, plane rectangular I–XIX, UTM 51–55, Web Mercator). Convert "
        "the file, or choose the right system here."
    ),
    "crs_ambiguous": _(
        "The .prj names the projection, but not the datum. The systems that fit lie metres to "
        "hundreds of metres apart: choose by what speaks for each, and look at the map."
    ),
    "crs_missing": _(
        "The file does not say its coordinate system. The systems below place it in the city; they "
        "lie metres to hundreds of metres apart. Choose by the age of the data (JGD2011: surveyed "
        "since October 2011; JGD2000: since April 2002; Tokyo: before) and look at the map."
    ),
    "crs_unknown": _(
        "The file does not say its coordinate system, and no known one places it in the city. "
        "Check that it is the right file, ask whoever made it, and choose the system here."
    ),
    "crs_contradicts": _(
        "The coordinates are degrees, but the coordinate system is given as %(crs)s, which is in "
        "metres. Choose the right one."
    ),
    "outside_japan": _(
        "As %(crs)s all places lie outside Japan. %(hint)s Check the coordinate system and choose "
        "another."
    ),
    "encoding_chosen_wrong": _(
        "Line %(line)s can't be read as %(name)s. Let it be found from the file, or choose another."
    ),
    "encoding_unknown": _(
        "The text is neither UTF-8 nor Shift_JIS (CP932): line %(line)s can't be read. Choose the "
        "encoding that shows the first rows rightly, or save the file as UTF-8."
    ),
    "encoding_unknown_table": _(
        "The attribute text is neither UTF-8 nor Shift_JIS (CP932): %(count)s values can't be "
        "read. Choose the encoding."
    ),
    "key_differs": _(
        "The layer “%(layer)s” tells rows apart by “%(has)s”, this file by “%(file)s”. Choose the "
        "layer's column, or import the file into another layer."
    ),
}
_ROWS: Texts = {
    "key_blank": _("The key column “%(field)s” is blank. Fill it in, or choose another key."),
    "key_twice": _(
        "The key “%(value)s” in “%(field)s” is also in row %(rows)s. Each row needs its own: "
        "correct it, or choose another column as key."
    ),
    "key_too_long": _(
        "The key in “%(field)s” has more than %(limit)s characters. Choose another column as key."
    ),
    "encoding_doubtful": _(
        "The text was read as %(encoding)s, but it looks like a Western encoding. Check the "
        "names; if they are wrong, choose cp1252 as encoding."
    ),
}
_EVIDENCE: Texts = {
    "encoding_chosen": _("chosen by hand"),
    "crs_chosen": _("%(crs)s, chosen by hand"),
    "key_chosen": _("column “%(column)s”, as chosen by hand or by the layer’s first import"),
}


def said(about: Problem | FileRefused | Evidence) -> str:
    """Return the sentence for a page, in the active language."""
    if isinstance(about, Evidence):
        return message(about, _EVIDENCE)
    return message(about, _ROWS if isinstance(about, Problem) else _REFUSED)


def asked_for(act: Import) -> str:
    """Return the choice that would overcome a refusal, or an empty text."""
    return ASKED.get((act.refusal or {}).get("code", ""), "")


def why(act: Import) -> str:
    """Return why an import was refused, has failed, or what it asks; empty for none of these."""
    refusal = refusal_of(act)
    return said(refusal) if refusal else ""


def decision(found: Mapping[str, Any]) -> str:
    """Return the reason of a decision (encoding, crs, key) as ``Inspection.record`` keeps it."""
    return said(Evidence(found["name"], found["code"], found["params"]))
