"""Answers: JSON and pages, their headers, and what is said when something is wrong.

An answer's strong tag is made of what the answer is made of (layers' versions, the question, the
format), so that a client which has it costs one small query. Who may see staff's layers gets
private answers; everything else may be read from any site (CORS) and kept by any cache that asks.
"""

import hashlib
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from layers.models import Layer
from layers.ogc import links
from layers.ogc.links import HTML, PROBLEM, Link
from layers.ogc.problems import NotAllowed, Problem

if TYPE_CHECKING:
    from layers.ogc.resource import Asked

EDITION = "1"
"""Goes up when the same data are told otherwise, so that no old tag stands for the new answer."""
METHODS = "GET, HEAD, OPTIONS"
_DAY = "86400"


def preflight() -> HttpResponse:
    """Return the answer to OPTIONS: read from wherever you are."""
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    response["Allow"] = response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
    response["Access-Control-Max-Age"] = _DAY
    del response["Content-Type"]
    return _open(response)


def problem(request: HttpRequest, raised: Problem, *, html: bool) -> HttpResponse:
    """Return what is wrong with a request, as a page or as RFC 9457 JSON."""
    status = raised.status
    if html:
        context = {"status": status.value, "detail": raised.detail}
        body: str = render_to_string("layers/ogc/problem.html", context, request)
        response = HttpResponse(body, status=status)
    else:
        told = {"type": "about:blank", "title": status.phrase, "status": status.value}
        body = json.dumps({**told, "detail": raised.detail}, ensure_ascii=False)
        response = HttpResponse(body, status=status, content_type=PROBLEM)
    if isinstance(raised, NotAllowed):
        response["Allow"] = METHODS
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    return _open(response)


def tag(asked: "Asked", made_of: Sequence[object]) -> str:
    """Return the strong tag of an answer: of its question and of what it is made of."""
    question = [
        asked.request.get_host(),
        asked.request.scheme,
        asked.request.path,
        sorted(asked.query.items()),
        asked.format,
        asked.language,
    ]
    told = json.dumps([EDITION, question, [str(part) for part in made_of]])
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def layer_state(layer: Layer) -> str:
    """Return what changes whenever a layer or one of its places does."""
    return f"{layer.pk}-{layer.version}-{layer.updated_at:%s%f}"


def unchanged(asked: "Asked", etag: str, *, private: bool) -> HttpResponse | None:
    """Return 304 where the one who asks has the answer already."""
    response = get_conditional_response(asked.request, etag=etag)
    return None if response is None else finish(response, asked, etag=etag, private=private)


def json_answer(
    asked: "Asked",
    content: dict[str, Any] | str,
    linked: Sequence[Link],
    *,
    media_type: str = links.JSON,
    etag: str | None = None,
    private: bool = False,
) -> HttpResponse:
    """Return a document; a text is taken for JSON as it is."""
    body = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    response = HttpResponse(body, content_type=media_type)
    response["Link"] = links.header(linked)
    return finish(response, asked, etag=etag, private=private)


def page(
    asked: "Asked",
    template: str,
    context: dict[str, Any],
    linked: Sequence[Link],
    *,
    private: bool = False,
) -> HttpResponse:
    """Return a page for people. It has no tag: its frame is made of more than the data."""
    whole = {"asked": asked, "links": linked, **context}
    response = HttpResponse(render_to_string(f"layers/ogc/{template}.html", whole, asked.request))
    response["Link"] = links.header(linked)
    return finish(response, asked, private=private)


def finish(
    response: HttpResponse, asked: "Asked", *, etag: str | None = None, private: bool
) -> HttpResponse:
    """Return an answer with the headers that all have."""
    if etag:
        response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache" if private else "public, no-cache"
    response["Content-Language"] = (get_language() or asked.language).split("-")[0]
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    return response if private else _open(response)


def self_and_alternate(asked: "Asked", json_type: str = links.JSON) -> list[Link]:
    """Return the links to this document and to the same in the other format."""
    types = {"json": json_type, "html": HTML}
    return [
        links.link(asked.here(f=name), "self" if name == asked.format else "alternate", media_type)
        for name, media_type in sorted(types.items(), key=lambda one: one[0] != asked.format)
    ]


def _open(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Content-Crs, ETag, Link"
    return response
