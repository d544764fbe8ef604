"""The fourth step: what would change, before it changes; and the confirmation."""

import tempfile
from typing import Any, BinaryIO, cast
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
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from importers import imports, jobs, preview
from importers.models import Import
from importers.problems import FileRefused
from importers.said import said, why
from importers.spreadsheets import csv_report, xlsx_report
from importers.summary import summary as summary_of
from importers.views.access import context, import_of, onward, page_asked, staff, user_of
from importers.views.maps import map_data
from importers.views.problems import groups, of_code
from importers.views.reading import decisions
from layers.models import Layer

State = Import.State

PER_PAGE = 25
MEMORY = 4_194_304
"""Bytes of a workbook that are held in memory; a larger one goes through a file."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff
@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an import would change: at a glance, row by row, and on the map."""
    act = import_of(request, pk)
    if act.state != State.READY:
        return onward(act)
    summary = summary_of(act)
    tabs = _tabs(summary)
    shown = request.GET.get("show", "")
    if shown not in {tab["name"] for tab in tabs}:
        shown = next((tab["name"] for tab in tabs if tab["number"]), tabs[0]["name"])
    moved, code = _moved(act), request.GET.get("code", "") if shown == "problems" else ""
    facts = context(
        act,
        "check",
        summary=summary,
        tabs=tabs,
        shown=shown,
        page=_page(act, shown, request),
        problems=groups(act) if shown == "problems" else [],
        query=urlencode({"show": shown, **({"code": code} if code else {})}),
        decisions=decisions(act),
        moved=moved,
        why="" if moved else why(act),
        token=imports.token(act),
        kept=max(summary["counts"]["missing"] - summary["counts"]["hanging"], 0),
        changes=summary["counts"]["new"] + summary["counts"]["changed"],
        map=map_data(request, act),
    )
    return render(request, "importers/check.html", facts)


def _tabs(summary: dict[str, Any]) -> list[dict[str, Any]]:
    counts = summary["counts"]
    problems = sum(group["count"] for group in summary["problems"])
    near = summary["near"] or {"pairs": 0}
    return [
        {"name": "changed", "title": _("Changed"), "number": counts["changed"]},
        {"name": "new", "title": _("New"), "number": counts["new"]},
        {"name": "problems", "title": _("Problems"), "number": problems},
        {"name": "missing", "title": _("Not in the file"), "number": counts["missing"]},
        {"name": "near", "title": _("Perhaps twice"), "number": near["pairs"]},
        {"name": "unchanged", "title": _("Unchanged"), "number": counts["unchanged"]},
    ]


def _page(act: Import, shown: str, request: HttpRequest) -> Any:
    page = page_asked(request)
    if shown == "problems":
        return of_code(act, request.GET.get("code", ""), page, PER_PAGE)
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


@staff
@require_safe
def download(request: HttpRequest, pk: int, form: str) -> StreamingHttpResponse | FileResponse:
    """Return the complete report as a file."""
    act = import_of(request, pk)
    if act.state not in (State.READY, State.APPLIED):
        raise Http404
    name = f"import-{act.pk}.{form}"
    if form == "xlsx":
        file = tempfile.SpooledTemporaryFile(MEMORY)  # noqa: SIM115 - the response closes it
        xlsx_report(act, cast(BinaryIO, file))
        file.seek(0)
        return FileResponse(file, content_type=XLSX, as_attachment=True, filename=name)
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
