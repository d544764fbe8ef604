"""The whole report of an import, line by line, for a spreadsheet: what ``spreadsheets`` writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from importers.duplicates import NearPair
from importers.messages import message, parts
from importers.models import Import
from importers.outcome import problem_of, refusal_of, with_reasons
from importers.preview import near_duplicates, number_of, picked_rows, relation_names, written
from importers.problems import Problem, Severity, warning
from importers.sides import fetched, metres, place_text, streamed, titles
from importers.staging import Staging
from importers.statements import statement
from importers.summary import summary

_NEW_STAGED = """
    SELECT r."row", r.key, r.name, r.address, importers_place(r.geom)
    FROM {rows} r JOIN {diff} d USING ("row") WHERE d.verdict = 'new' ORDER BY r."row"
"""
_NEW_RECORDED = """
    SELECT NULL, s.key, s.after ->> 'name', s.after ->> 'address', importers_place(s.after_geom)
    FROM layers_changestate s
    WHERE s.change_set_id = %(change_set)s AND s.operation = 'insert' ORDER BY s.id
"""
_REMOVED = """
    SELECT c.key, c.before ->> 'name' FROM layers_change c
    WHERE c.change_set_id = %(change_set)s AND c.operation = 'delete' ORDER BY c.key, c.id
"""


class Line(NamedTuple):
    """One line of a report; each section uses some of its columns."""

    row: int | None = None
    key: str = ""
    name: str = ""
    column: str = ""
    before: str = ""
    after: str = ""
    text: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report. ``headers`` are the columns of ``Line`` it uses, with their titles."""

    title: str
    headers: dict[str, str]
    lines: Iterator[Line]


def sections(act: Import) -> list[Section]:
    """Return the report of an import that can be confirmed or was written, in the reader's words.

    Lines are made as they are read. Of an import that was written the row numbers are told for
    problems only: the record knows features, not rows. A refused one has a summary alone.
    """
    who = {"row": _("row"), "key": _("key"), "name": _("name")}
    overview = Section(
        _("Summary"), {"column": _("item"), "after": _("content")}, _summary_lines(act)
    )
    if act.refusal or "difference" not in act.found:
        return [overview]
    before_after = {"column": _("column"), "before": _("before"), "after": _("after")}
    placed = {"text": _("address"), "after": _("position and shape")}
    told = {
        "row": _("row"),
        "column": _("column"),
        "text": _("what it is"),
        "advice": _("what to do"),
        "after": _("what becomes of it"),
    }
    return [
        overview,
        Section(_("New places"), {**who, **placed}, _new_lines(act)),
        Section(_("Changes"), {**who, **before_after}, _changed_lines(act)),
        Section(
            _("Not in the file"),
            {"key": _("key"), "name": _("name"), "text": _("what becomes of it")},
            _missing_lines(act),
        ),
        Section(_("Problems"), told, _problem_lines(act)),
    ]


def all_headers() -> dict[str, str]:
    """Return every column of ``Line`` with a title that fits all sections."""
    return {
        "row": _("row"), "key": _("key"), "name": _("name"), "column": _("column or item"),
        "before": _("before"), "after": _("after"), "text": _("what it is"),
        "advice": _("what to do"),
    }  # fmt: skip


# -- the parts --------------------------------------------------------------------------------


def _summary_lines(act: Import) -> Iterator[Line]:
    found = act.found
    facts: dict[str, Any] = {
        _("file"): act.file_name,
        _("layer"): str(act.layer) if act.layer else act.slug,
        _("state"): act.get_state_display(),
        _("when"): date_format(timezone.localtime(act.updated_at), "DATETIME_FORMAT"),
        _("who"): act.created_by.get_username() if act.created_by else "",
    }
    if refusal := refusal_of(act):
        facts[_("why")] = message(refusal)
    if "difference" in found:
        decisions = with_reasons(found)
        facts[_("encoding")] = _decision(decisions["encoding"])
        facts[_("coordinates")] = _decision(decisions["crs"])
        facts[_("key")] = _decision(decisions["key"])
    yield from (Line(column=str(name), after=str(value)) for name, value in facts.items())
    if "difference" in found:
        yield from _figures(summary(act))
    if act.change_set_id:
        yield Line(column=_("change set"), after=str(act.change_set_id))


def _decision(decision: dict[str, Any]) -> str:
    return f"{decision['name']} ({decision['evidence']})"


def _figures(told: dict[str, Any]) -> Iterator[Line]:
    counts, moves = told["counts"], told["moves"]
    names = {
        "read": _("rows read"), "new": _("new places"), "changed": _("changed places"),
        "unchanged": _("unchanged places"), "missing": _("places not in the file"),
        "hanging": _("of those, in use"), "removed": _("of those, removed"),
        "rejected": _("rows left out"),
    }  # fmt: skip
    for count, name in names.items():
        if count in counts:
            yield Line(column=name, after=str(counts[count]))
    if moves["number"]:
        yield Line(column=_("moved places"), after=str(moves["number"]))
        yield Line(column=_("median of the moves (m)"), after=str(moves["median_m"]))
        yield Line(column=_("longest move (m)"), after=str(moves["max_m"]))
    for column in told["columns"]:
        yield Line(
            column=_("changes in “%(column)s”") % {"column": column["title"]},
            after=str(column["count"]),
        )
    if told["near"]:
        yield Line(column=_("new places near another"), after=str(told["near"]["pairs"]))
    for problem in told["problems"]:
        yield Line(column=_("problem"), after=f"{problem['count']}: {problem['message']}")


def _new_lines(act: Import) -> Iterator[Line]:
    if written(act):
        rows = fetched(_NEW_RECORDED, {"change_set": act.change_set_id})
    else:
        staging = Staging(act.pk)
        rows = fetched(_NEW_STAGED.format(rows=staging.rows, diff=staging.diff), {})
    for number, key, name, address, place in rows:
        yield Line(number, key, name, text=address, after=place_text(place))


def _changed_lines(act: Import) -> Iterator[Line]:
    names = titles(act.found, act.layer)
    for change in streamed(picked_rows(act, "changed"), names):
        for cell in change.cells:
            yield Line(change.row, change.key, change.name, cell.title, cell.before, cell.after)


def _missing_lines(act: Import) -> Iterator[Line]:
    if not written(act):
        query = statement("missing", Staging(act.pk))
        for _id, key, name, hanging in fetched(query, {"limit": None, "offset": 0}):
            yield Line(key=key, name=name, text=_fate(hanging))
        return
    kept = act.found.get("missing", [])
    for facts in kept:
        yield Line(key=facts["key"], name=facts["name"], text=_fate(facts["hanging"]))
    removed = number_of(act, "missing")
    if (more := act.counts["missing"] - removed - len(kept)) > 0:
        yield Line(text=_("… and %(count)s more, which stay") % {"count": more})
    for key, name in fetched(_REMOVED, {"change_set": act.change_set_id}):
        yield Line(key=key, name=name, text=_("was removed"))


def _fate(hanging: list[str]) -> str:
    if hanging:
        return _("stays: in use (%(relations)s)") % {
            "relations": ", ".join(relation_names(hanging))
        }
    return _("stays, unless removing is asked for")


def _problem_lines(act: Import) -> Iterator[Line]:
    kinds = {Severity.ERROR: _("left out"), Severity.WARNING: _("taken")}
    for stored in act.problems.order_by("pk").iterator():
        problem = problem_of(stored)
        what, advice = parts(problem)
        yield Line(
            problem.row, after=kinds[problem.severity], column=problem.field or "", text=what,
            advice=advice,
        )  # fmt: skip
    if not act.found["difference"].get("near"):
        return  # Nobody has looked yet; a report is no occasion to begin with a long search.
    page = near_duplicates(act, 1, 1000)
    for number in range(1, page.pages + 1):
        for pair in (page if number == 1 else near_duplicates(act, number, 1000)).rows:
            what, advice = parts(near_problem(pair))
            yield Line(pair.row, after=kinds[Severity.WARNING], text=what, advice=advice)


def near_problem(pair: NearPair) -> Problem:
    """Return what to tell a person of a new row with something alike nearby."""
    other = pair.other_name or pair.other_key
    where = (
        _("row %(row)s of the file") % {"row": pair.other_row}
        if pair.other_row is not None
        else _("key %(key)s of the layer") % {"key": pair.other_key}
    )
    if pair.stacked:
        return warning("stacked_duplicate", pair.row, None, name=other, where=where)
    return warning(
        "near_duplicate", pair.row, None, name=other, where=where, metres=metres(pair.metres)
    )
