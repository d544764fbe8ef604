"""The wait: what is being done with an import, and how far it is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from importers import imports, jobs
from importers.models import Import
from importers.problems import FileRefused
from importers.said import said
from importers.views.access import context, import_of, next_screen, onward, staff

State = Import.State


@staff
@require_safe
def where(request: HttpRequest, pk: int) -> HttpResponse:
    """Send somebody to the screen that the import waits on: its permanent address."""
    return onward(import_of(request, pk))


@staff
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is being done; the page asks again by itself, with or without a script."""
    act = import_of(request, pk)
    if jobs.given_up(act):
        act.refresh_from_db()
    if act.state not in jobs.BUSY:
        return onward(act)
    step = "write" if act.state == State.APPLYING else "contents"
    return render(
        request, "importers/progress.html", context(act, step, how=how_far(act), wait=_wait(act))
    )


@staff
@require_safe
def progress_json(request: HttpRequest, pk: int) -> JsonResponse:
    """Tell the page's script how far it is, and where to go when it is done."""
    act = import_of(request, pk)
    if jobs.given_up(act):
        act.refresh_from_db()
    done = act.state not in jobs.BUSY
    return JsonResponse(
        {"next": next_screen(act) if done else None, "wait": _wait(act), **how_far(act)}
    )


def how_far(act: Import) -> dict[str, Any]:
    """Return stages (name, words, state) and, of the one that goes on, done and total."""
    names = {
        "received": _("Received"),
        "reading": _("Open the file"),
        "checking": _("Check the rows"),
        "comparing": _("Compare with the layer"),
    }
    if act.state == State.APPLYING:
        names = {"confirmed": _("Confirmed"), "writing": _("Write into the layer")}
        now = "writing"
    else:
        now = act.stage if act.stage in names and act.state == State.READING else "received"
    order = list(names)
    stages = [
        {
            "name": name,
            "words": words,
            "state": "done"
            if order.index(name) < order.index(now)
            else "now"
            if name == now and (name != "received")
            else "to_come"
            if name != now
            else "done",
        }
        for name, words in names.items()
    ]
    counted = act.state == State.READING and bool(act.total)
    return {
        "stages": stages,
        "now": names[now],
        "done": act.done if counted else None,
        "total": act.total if counted else None,
    }


def _wait(act: Import) -> str:
    """Return why nothing is being done yet, or an empty text."""
    if jobs.standing(jobs.of_import(act)) != "waiting":
        return ""
    if not jobs.worker_alive():
        return _(
            "No worker is running, so nothing is done now. It goes on by itself as soon as one is "
            "started; tell who runs the portal if this stays so."
        )
    if before := jobs.ahead(act):
        return _("Waiting: %(count)s other jobs come first.") % {"count": before}
    return _("It begins in a moment.")


@staff
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """End an import without writing it."""
    act = import_of(request, pk)
    jobs.given_up(act)
    try:
        imports.dropped(act)
    except FileRefused as refusal:
        messages.error(request, said(refusal))
        return redirect("import", act.pk)
    messages.success(
        request, _("“%(file)s” was dropped. Nothing was written.") % {"file": act.file_name}
    )
    return redirect("imports")


@staff
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file again, with the choices as they are."""
    act = import_of(request, pk)
    try:
        jobs.read(imports.answered(act))
    except FileRefused as refusal:
        messages.error(request, said(refusal))
    return redirect(reverse("import", args=[act.pk]))
