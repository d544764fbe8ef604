"""Who may see the screens, and where an import's next screen is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from importers.imports import may_import
from importers.models import Import
from layers.models import Layer

State = Import.State
Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponseBase]


def staff(view: View[Given]) -> View[Given]:
    """Let staff in who may import anything; send others to the login, or away."""

    @never_cache
    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs
    ) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not user.is_staff or not (may_import(user, None) or layers_of(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def user_of(request: HttpRequest) -> User:
    """Return who is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def layers_of(request: HttpRequest) -> list[Layer]:
    """Return the layers that somebody may import into, in the order of the map."""
    return [layer for layer in Layer.objects.all() if may_import(request.user, layer)]


def import_of(request: HttpRequest, pk: int) -> Import:
    """Return an import. Raises Http404, or PermissionDenied where its layer is none of theirs."""
    found = Import.objects.select_related("layer", "created_by", "change_set")
    act: Import = get_object_or_404(found, pk=pk)
    layer = act.layer or Layer.objects.filter(slug=act.slug).first()
    if not may_import(request.user, layer):
        raise PermissionDenied
    return act


def next_screen(act: Import) -> str:
    """Return the address of the screen that an import waits on."""
    screens: dict[str, str] = {
        State.RECEIVED: "import_progress",
        State.READING: "import_progress",
        State.APPLYING: "import_progress",
        State.QUESTION: "import_reading",
        State.REFUSED: "import_reading",
        State.READY: "import_check",
    }
    return reverse(screens.get(act.state, "import_result"), args=[act.pk])


def onward(act: Import) -> HttpResponse:
    """Send somebody to the screen that an import waits on."""
    return redirect(next_screen(act))


def context(act: Import, step: str, **more: Any) -> dict[str, Any]:
    """Return what every screen of an import shows: the import, its layer, where it stands."""
    layer = act.layer or Layer.objects.filter(slug=act.slug).first()
    return {"act": act, "layer": layer, "step": step, **more}
