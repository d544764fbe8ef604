"""The baked files of layers that only staff may see: Django says who may, and then sends them.

Behind nginx (``X_ACCEL``) it only says so and nginx sends the file; else it is sent from here, with
the same headers. What somebody may not see is answered like what is not there.
"""

from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from layers.models import Layer
from layers.publish import answers, tree
from layers.publish.addresses import STAFF_ONLY, is_never
from layers.publish.media_types import media_type

INTERNAL = "/_staff/"
"""Where nginx has the staff's half of the tree; it answers nobody there by itself."""


@require_safe
def staff_file(request: HttpRequest, slug: str, rest: str) -> HttpResponseBase:
    """Answer ``/staff-baked/layers/<slug>/<rest>`` to those who may view that layer."""
    layer = Layer.objects.filter(slug=slug).first()
    if layer is None or not request.user.has_perm("layers.view_layer", layer):
        raise Http404
    address = f"/baked/layers/{slug}/{rest}"
    path = tree.staff_root() / address.lstrip("/")
    if is_never(address) or answers.stamp_of(str(path)) is None:
        raise Http404
    kind = media_type(rest)
    if settings.X_ACCEL:
        response: HttpResponseBase = HttpResponse(content_type=kind)
        response["X-Accel-Redirect"] = INTERNAL + quote(f"layers/{slug}/{rest}")
    else:
        response = _sent(request, str(path), kind)
    response["Cache-Control"] = STAFF_ONLY
    patch_vary_headers(response, ["Cookie"])
    return response


def _sent(request: HttpRequest, path: str, kind: str) -> HttpResponseBase:
    """Return the file itself, or the part of it, or the 304, that was asked for."""
    accept = request.META.get("HTTP_ACCEPT_ENCODING", "")
    file = answers.opened(path, answers.accepted(accept))
    if file is None:
        raise Http404
    varies = file.varies
    found = answers.answer(file, request.method or "GET", request.META, [("Content-Type", kind)])
    # What lies compressed was chosen from; Django's middleware shall not press parts of files.
    request.META["HTTP_ACCEPT_ENCODING"] = ""
    if isinstance(found.body, list):
        response: HttpResponseBase = HttpResponse(b"".join(found.body), status=found.status)
    else:
        response = StreamingHttpResponse(found.body, status=found.status)
    del response["Content-Type"]
    for name, value in found.headers:
        response[name] = value
    if varies:
        patch_vary_headers(response, ["Accept-Encoding"])
    return response
