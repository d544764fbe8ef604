"""The first step: a file, and where it goes."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from importers import imports, jobs
from importers.apply import layer_key
from importers.forms import EXISTING, StartForm
from importers.models import Import
from importers.options import ImportOptions
from importers.problems import FileRefused
from importers.upload import limit, too_big
from importers.views.access import next_screen, staff, user_of

State = Import.State
_FORM_BYTES = 1_000_000
"""What the other fields and the frame of the form may take beside the file."""
_CHUNK = 1_048_576


def _not_too_big(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Refuse what is too big before anything of it is kept.

    The body is read only by ``csrf_protect`` and the form, inside; so the outer view must be
    exempt. It is passed over to its end, so that the browser hears the answer.
    """

    @csrf_exempt
    @staff
    @require_http_methods(["GET", "HEAD", "POST"])
    def guarded(request: HttpRequest) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit() + _FORM_BYTES:
            while request.read(_CHUNK):
                pass
            return _shown(request, StartForm(user=request.user), refused=too_big(), status=413)
        return view(request)

    return csrf_exempt(guarded)


@_not_too_big
@csrf_protect
def start(request: HttpRequest) -> HttpResponse:
    """Ask for a file and its layer; take it, and have it read."""
    if request.method != "POST":
        layer = request.GET.get("layer")
        chosen = {"target": EXISTING, "layer": layer} if layer else {}
        return _shown(request, StartForm(user=request.user, initial=chosen))
    form = StartForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _shown(request, form, status=422)
    act = _received(request, form)
    return redirect(next_screen(act))


def _received(request: HttpRequest, form: StartForm) -> Import:
    """Keep the file; have it read, or say that it is in already."""
    file, name = form.cleaned_data["file"]
    with file, transaction.atomic():
        act = imports.received(
            file,
            slug=form.chosen_slug,
            file_name=name,
            user=user_of(request),
            options=ImportOptions(key=layer_key(form.chosen_slug)),
            facts=form.facts,
        )
        if earlier := imports.already_imported(act):
            act.state = State.QUESTION
            when = earlier.updated_at.isoformat()
            told = FileRefused("already_imported", {"id": earlier.pk, "when": when})
            act.refusal = told.record()
            act.save()
        else:
            jobs.read(act)
    return act


def _shown(
    request: HttpRequest, form: StartForm, refused: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "refused": refused,
        "limit": limit(),
        "limit_mb": settings.IMPORT_MAX_MB,
        "too_big": too_big(),
        "step": "file",
    }
    return render(request, "importers/start.html", context, status=status)
