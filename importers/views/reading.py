"""The second and third step: how the file is read, and what its columns are."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from importers import imports, jobs
from importers.forms import MappingForm, ReadingForm, columns_of
from importers.knowledge import is_remembered
from importers.mapping import ColumnMapping
from importers.models import Import
from importers.problems import Evidence, FileRefused
from importers.said import QUESTIONS, asked_for, decision, said, why
from importers.views.access import context, import_of, onward, staff
from importers.views.maps import map_data

State = Import.State
EMPTY = ColumnMapping().as_json()
SETTLED = (State.QUESTION, State.REFUSED, State.READY)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how the file was read and from what that follows; take a question's answer."""
    act = import_of(request, pk)
    if act.state not in SETTLED:
        return onward(act)
    form = ReadingForm(act, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _read_again(request, act, form.answers())
    asked = asked_for(act)
    facts = context(
        act,
        "contents",
        form=form,
        asked=asked,
        question=QUESTIONS.get(asked, ""),
        asked_field=form[asked] if asked else None,
        why=why(act),
        decisions=decisions(act),
        options=_options(act, asked),
        earlier=_earlier(act),
        map=map_data(reverse("import_overlay", args=[act.pk])) if _proposal(act) else None,
    )
    status = 422 if form.is_bound else 200
    return render(request, "importers/reading.html", facts, status=status)


def _read_again(request: HttpRequest, act: Import, choices: dict[str, Any]) -> HttpResponse:
    try:
        jobs.read(imports.answered(act, **choices))
    except FileRefused as refusal:
        messages.error(request, said(refusal))
    return redirect("import", act.pk)


def decisions(act: Import) -> list[dict[str, Any]]:
    """Return what was decided about a file that was read: title, value and reason of each."""
    found = act.found
    if not found.get("crs"):
        return []
    datum, key = found["datum"], found["key"]
    accuracy = datum.get("accuracy_m")
    exact = _("as exact as the source") if not accuracy else None
    off = _("moved from %(datum)s; off by up to %(metres)s m")
    return [
        {
            "title": _("Encoding of the text"),
            "value": found["encoding"]["name"].upper(),
            "why": decision(found["encoding"]),
        },
        {
            "title": _("Coordinate system"),
            "value": f"EPSG:{found['crs']['epsg']}",
            "why": decision(found["crs"]),
        },
        {
            "title": _("Position"),
            "value": exact or off % {"datum": datum.get("source"), "metres": accuracy},
            "why": ", ".join(datum.get("grids") or []),
        },
        {
            "title": _("Rows are told apart by"),
            "value": key["column"] or _("place and values of the row"),
            "why": decision(key),
        },
        {"title": _("Layout"), "value": found.get("profile", ""), "why": found.get("format", "")},
    ]


def _proposal(act: Import) -> dict[str, Any]:
    params = (act.refusal or {}).get("params", {})
    proposal: dict[str, Any] = params.get("proposal") or {}
    return proposal


def _options(act: Import, asked: str) -> list[dict[str, Any]]:
    """Return the answers a question offers: value, label, reasons, lines of the file."""
    params = (act.refusal or {}).get("params", {})
    if asked == "crs" and (proposal := _proposal(act)):
        return [
            {
                "value": each["epsg"],
                "label": each["label"],
                "chosen": each["epsg"] == proposal.get("proposed"),
                "reasons": [said(Evidence(**one)) for one in each["evidence"]],
                "swapped": each["swapped"],
            }
            for each in proposal["candidates"]
        ]
    if asked == "crs":
        labels = [(label, re.match(r"EPSG:(\d+)", label)) for label in params.get("candidates", [])]
        return [{"value": code.group(1), "label": label} for label, code in labels if code]
    if asked == "layer_name":
        return [{"value": name, "label": name} for name in params.get("layers", [])]
    if asked == "encoding":
        shown = {name: "\n".join(lines) for name, lines in (params.get("samples") or {}).items()}
        likely = sorted(shown, key=lambda name: (name == "cp1252", shown[name].count("\ufffd")))
        return [{"value": name, "label": name.upper(), "lines": shown[name]} for name in likely]
    if asked == "key":
        return [{"value": name, "label": label} for name, label in columns_of(act)]
    return []


def _earlier(act: Import) -> dict[str, Any] | None:
    """Return the earlier import of the same file, where that is what is asked about."""
    refusal = act.refusal or {}
    if refusal.get("code") != "already_imported":
        return None
    params = refusal["params"]
    return {"id": params["id"], "when": parse_datetime(params["when"])}


@staff
@require_safe
def overlay(request: HttpRequest, pk: int) -> JsonResponse:
    """Return some of the file's places as each candidate system puts them, by EPSG code."""
    act = import_of(request, pk)
    return JsonResponse(_proposal(act).get("overlay", {}))


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each column is taken for, and take another mapping."""
    act = import_of(request, pk)
    if act.state != State.READY and not (act.state in SETTLED and columns_of(act)):
        return onward(act)
    settled = act.found.get("mapping") or {}
    form = MappingForm(act, settled, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        mapping = {**EMPTY, **settled, **form.mapping(), "layout": _layout(act)}
        return _read_again(request, act, {"mapping": mapping, "key": None})
    facts = context(
        act,
        "columns",
        form=form,
        known="mapping" in act.choices or is_remembered(_layout(act)),
        names=act.found.get("columns", []),
        rules_open=any(field.initial or field.errors for field in form.rules),
    )
    return render(request, "importers/columns.html", facts, status=422 if form.is_bound else 200)


def _layout(act: Import) -> str:
    """Return what the file's layout is known by, also of one that was refused for its columns."""
    found: str = act.found.get("layout") or (act.refusal or {}).get("params", {}).get("layout", "")
    return found
