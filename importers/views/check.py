"""The fourth step: what would change, before it changes; and the confirmation."""

import tempfile
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from importers import imports, jobs, preview
from importers.models import Import
from importers.problems import FileRefused
from importers.said import said, why
from importers.spreadsheets import csv_report, xlsx_report
from importers.views.access import context, import_of, onward, staff, user_of
from importers.views.maps import map_data
from importers.views.paging import PER_PAGE, page_number
from importers.views.problems import groups, of_code
from importers.views.reading import decisions
from layers.models import Layer

State = Import.State

WORKBOOK_LINES = 10_000
"""A workbook is written as a whole before its first byte goes out; CSV comes as it is made."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff
@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an import would change: at a glance, row by row, and on the map."""
    act = import_of(request, pk)
    if act.state != State.READY:
        return onward(act)
    summary = preview.summary(act)
    counts, moved = summary["counts"], _moved(act)
    tabs = _tabs(summary)
    shown = request.GET.get("show", "")
    if shown not in {tab["name"] for tab in tabs}:
        shown = next((tab["name"] for tab in tabs if tab["number"]), tabs[0]["name"])
    code = request.GET.get("code", "") if shown == "problems" else ""
    facts = context(
        act,
        "check",
        summary=summary,
        counts=counts,
        tabs=tabs,
        shown=shown,
        page=_page(act, shown, code, page_number(request)),
        problems=groups(act, summary["problems"]) if shown == "problems" else [],
        query=urlencode({"show": shown, **({"code": code} if code else {})}),
        decisions=decisions(act),
        moved=moved,
        why="" if moved else why(act),
        token=imports.token(act),
        kept=max(counts["missing"] - counts["hanging"], 0),
        changes=counts["new"] + counts["changed"],
        workbook=has_workbook(act),
        map=map_data(reverse("import_geometry", args=[act.pk])),
    )
    return render(request, "importers/check.html", facts)


def _tabs(summary: dict[str, Any]) -> list[dict[str, Any]]:
    counts, near = summary["counts"], summary["near"]
    problems = sum(group["count"] for group in summary["problems"])
    return [
        {"name": "changed", "title": _("Changed"), "number": counts["changed"]},
        {"name": "new", "title": _("New"), "number": counts["new"]},
        {"name": "problems", "title": _("Problems"), "number": problems},
        {"name": "missing", "title": _("Not in the file"), "number": counts["missing"]},
        {"name": "near", "title": _("Perhaps twice"), "number": near and near["pairs"]},
        {"name": "unchanged", "title": _("Unchanged"), "number": counts["unchanged"]},
    ]


def _page(act: Import, shown: str, code: str, page: int) -> Any:
    if shown == "problems":
        return of_code(act, code, page, PER_PAGE)
    if shown == "missing":
        return preview.missing(act, page, PER_PAGE)
    if shown == "near":
        return preview.near_duplicates(act, page, PER_PAGE)
    return preview.changes(act, shown, page, PER_PAGE)


def _moved(act: Import) -> bool:
    """Say whether the layer was changed since the preview was made."""
    version = Layer.objects.filter(slug=act.slug).values_list("version", flat=True).first()
    return version != act.target_version


@staff
@require_safe
def geometry(request: HttpRequest, pk: int) -> JsonResponse:
    """Return the changes of place as GeoJSON, for the map."""
    act = import_of(request, pk)
    if act.state != State.READY:
        raise Http404
    return JsonResponse(preview.geometry_changes(act), content_type="application/geo+json")


def has_workbook(act: Import) -> bool:
    """Say whether a report is short enough to be made as a workbook while somebody waits."""
    lines = sum(act.counts.get(name, 0) for name in ("new", "changed", "missing"))
    return bool(lines + act.problems.count() <= WORKBOOK_LINES)


@staff
@require_safe
def download(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """Return the complete report as a file."""
    act = import_of(request, pk)
    if act.state not in (State.READY, State.APPLIED) or (form == "xlsx" and not has_workbook(act)):
        raise Http404
    name = f"import-{act.pk}.{form}"
    if form == "xlsx":
        book = tempfile.TemporaryFile()  # noqa: SIM115  (the answer closes it)
        xlsx_report(act, book)
        book.seek(0)
        return FileResponse(book, as_attachment=True, filename=name, content_type=XLSX)
    answer = StreamingHttpResponse(csv_report(act), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@staff
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the confirmation of just what was shown, and have it written."""
    act = import_of(request, pk)
    token, skip = request.POST.get("token", ""), "skip_rejected" in request.POST
    try:
        act = imports.confirmed(act, token, skip_rejected=skip)
    except signing.BadSignature:
        sentence = _(
            "This confirmation was not made by the preview, or was changed on its way. Nothing was "
            "written. Open the preview again and confirm there."
        )
        return _not_taken(request, act, sentence, 400)
    except FileRefused as refusal:
        return _not_taken(request, act, said(refusal), 409)
    jobs.write(
        act,
        token,
        user_of(request),
        skip_rejected=skip,
        remove_missing="remove_missing" in request.POST,
    )
    return redirect("import_progress", act.pk)


def _not_taken(request: HttpRequest, act: Import, sentence: str, status: int) -> HttpResponse:
    act.refresh_from_db()
    facts = context(act, "check", sentence=sentence, moved=act.state == State.READY and _moved(act))
    return render(request, "importers/not_taken.html", facts, status=status)
