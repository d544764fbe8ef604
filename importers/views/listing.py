"""All imports there were, and the changes of one layer."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from importers.forms import ListForm
from importers.imports import may_import
from importers.models import Import
from importers.views.access import layers_of, staff
from importers.views.paging import page_number, paged
from layers.models import ChangeSet, Layer

ORDERS = {
    "when": "pk",
    "file": "file_name",
    "layer": "slug",
    "state": "state",
    "who": "created_by__username",
}


@staff
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List imports, the newest first; filtered and sorted as the address says."""
    layers = layers_of(request)
    found = Import.objects.select_related("layer", "created_by", "change_set")
    mine = Q(layer__in=layers)
    if may_import(request.user, None):
        mine |= Q(layer=None)
    found = found.filter(mine)
    empty = not found.exists()
    form = ListForm(request.GET)
    own = Layer.objects.filter(pk__in=[layer.pk for layer in layers])
    form.fields["layer"].queryset = own  # type: ignore[attr-defined]
    form.is_valid()
    if layer := form.cleaned_data.get("layer"):
        found = found.filter(slug=layer.slug)
    if state := form.cleaned_data.get("state"):
        found = found.filter(state=state)
    sort = request.GET.get("sort", "")
    if sort.lstrip("-") not in ORDERS:
        sort = "-when"
    order = ORDERS[sort.lstrip("-")]
    found = found.order_by(f"-{order}" if sort.startswith("-") else order, "-pk")
    kept = request.GET.copy()
    kept.pop("page", None)
    unsorted = kept.copy()
    unsorted.pop("sort", None)
    return render(
        request,
        "importers/list.html",
        {
            "page": paged(found, page_number(request)),
            "form": form,
            "filtered": bool(layer or state),
            "empty": empty,
            "sort": sort,
            "query": kept.urlencode(),
            "unsorted": unsorted.urlencode(),
        },
    )


@staff
@require_safe
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """List the changes of a layer, with the imports that made them and the ways back."""
    layer = get_object_or_404(Layer, slug=slug)
    if not may_import(request.user, layer):
        raise PermissionDenied
    found = ChangeSet.objects.filter(layer=layer).select_related(
        "created_by", "made_by_import", "undoes", "undone_by"
    )
    return render(
        request,
        "importers/history.html",
        {"layer": layer, "page": paged(found, page_number(request))},
    )
