"""The fifth step: what was written, and the way back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from importers import jobs
from importers.imports import may_import
from importers.models import Import
from importers.said import why
from importers.undo import undo_changes, undo_summary
from importers.views.access import context, import_of, onward, staff, user_of
from importers.views.reading import decisions
from layers.models import ChangeSet

State = Import.State
ROWS_SHOWN = 20


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
        facts["summary"] = undo_summary(change_set)
        facts["rows"] = [
            row
            for verdict in ("new", "changed", "missing")
            for row in undo_changes(change_set, verdict, per_page=ROWS_SHOWN).rows
        ][:ROWS_SHOWN]
    return render(request, "importers/undo.html", facts)


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
