"""The fifth step: what was written, and the way back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from importers import jobs
from importers.imports import may_import
from importers.models import Import
from importers.said import why
from importers.undo import undo_changes, undo_geometry, undo_summary
from importers.views.access import context, import_of, onward, staff, user_of
from importers.views.check import has_workbook
from importers.views.maps import map_data
from importers.views.paging import PER_PAGE, page_number
from importers.views.reading import decisions
from layers.models import ChangeSet

State = Import.State


@staff
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how an import ended: written, failed, or dropped."""
    act = import_of(request, pk)
    if act.state not in (State.APPLIED, State.FAILED, State.DROPPED):
        return onward(act)
    facts = context(
        act,
        "write" if act.state == State.APPLIED else "",
        why=why(act),
        decisions=decisions(act),
        undone=undone_by(act.change_set),
        workbook=has_workbook(act),
    )
    return render(request, "importers/result.html", facts)


def undone_by(change_set: ChangeSet | None) -> ChangeSet | None:
    """Return the act that undid a change set, or None."""
    return ChangeSet.objects.filter(undoes=change_set).first() if change_set else None


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what undoing a change set would do, and have it done."""
    change_set = get_object_or_404(
        ChangeSet.objects.select_related("layer", "created_by", "made_by_import", "undoes"), pk=pk
    )
    user, layer = user_of(request), change_set.layer
    if not (may_import(user, layer) and user.has_perm("layers.change_feature", layer)):
        raise PermissionDenied
    undone = undone_by(change_set)
    standing = jobs.standing(jobs.of_undo(change_set))
    busy = undone is None and standing in ("waiting", "working")
    if request.method == "POST":
        if undone is None and not busy:
            jobs.free_abandoned()
            jobs.undo(change_set, user)
        return redirect("import_undo", change_set.pk)
    facts: dict[str, Any] = {
        "change_set": change_set,
        "layer": layer,
        "undone": undone,
        "busy": busy,
        "alive": jobs.worker_alive(),
        "failed": undone is None and standing == "lost",
    }
    if undone is None and not busy:
        facts |= _preview(request, change_set)
    return render(request, "importers/undo.html", facts)


def _preview(request: HttpRequest, change_set: ChangeSet) -> dict[str, Any]:
    """Return what undoing would do: at a glance, row by row, and on the map."""
    summary = undo_summary(change_set)
    counts = summary["counts"]
    tabs = [
        {"name": "changed", "title": _("Changed back"), "number": counts["changed"]},
        {"name": "missing", "title": _("Taken away"), "number": counts["missing"]},
        {"name": "new", "title": _("Brought back"), "number": counts["new"]},
    ]
    shown = request.GET.get("show", "")
    if shown not in counts:
        shown = str(next((tab["name"] for tab in tabs if tab["number"]), "changed"))
    return {
        "summary": summary,
        "total": sum(counts.values()),
        "tabs": tabs,
        "shown": shown,
        "query": f"show={shown}",
        "page": undo_changes(change_set, shown, page_number(request), PER_PAGE),
        "map": map_data(reverse("import_undo_geometry", args=[change_set.pk])),
    }


@staff
@require_safe
def undo_drawn(request: HttpRequest, pk: int) -> JsonResponse:
    """Return what undoing would move, bring back and take away, as GeoJSON."""
    change_set = get_object_or_404(ChangeSet.objects.select_related("layer"), pk=pk)
    if not may_import(request.user, change_set.layer):
        raise PermissionDenied
    return JsonResponse(undo_geometry(change_set), content_type="application/geo+json")


@staff
@require_safe
def undo_json(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the page's script whether the undoing is over."""
    change_set = get_object_or_404(ChangeSet.objects.select_related("layer"), pk=pk)
    if not may_import(request.user, change_set.layer):
        raise PermissionDenied
    standing = jobs.standing(jobs.of_undo(change_set))
    over = undone_by(change_set) is not None or standing not in ("waiting", "working")
    return JsonResponse({"next": reverse("import_undo", args=[pk]) if over else None, "wait": ""})
