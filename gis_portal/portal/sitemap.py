"""sitemap.xml (sitemaps.org 0.9): an index, the front pages, and the places in pages by id."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse, translate_url
from django.views.decorators.http import require_safe

from gis_portal.portal.dcat import tag
from layers.models import Feature, Layer

MOST = 50_000
"""Addresses of one file, by the protocol."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_TYPE = "application/xml; charset=utf-8"
_STARTS = """
    SELECT id FROM (
        SELECT f.id, row_number() OVER (ORDER BY f.id) AS n
        FROM layers_feature f JOIN layers_layer l ON l.id = f.layer_id
        WHERE l.visibility = %s AND NOT l.sample
    ) numbered WHERE n %% %s = 0 ORDER BY id
"""


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """List the files: a file of places begins behind the last id of the one before it."""
    with connection.cursor() as cursor:
        cursor.execute(_STARTS, [Layer.Visibility.PUBLIC, MOST])
        ends = [after for (after,) in cursor.fetchall()]
    paths = [reverse("sitemap_pages")]
    paths += [reverse("sitemap_places", args=[after]) for after in [0, *ends]]
    lines = "".join(f"<sitemap><loc>{_address(request, path)}</loc></sitemap>\n" for path in paths)
    return HttpResponse(
        f"{_HEAD}<sitemapindex {_SITEMAP}>\n{lines}</sitemapindex>\n", content_type=_TYPE
    )


@require_safe
def sitemap_pages(request: HttpRequest) -> HttpResponse:
    """List the map and the catalogue in each language, each with the others beside it."""
    lines = []
    for name in ("map", "catalogue"):
        path = reverse(name)
        by_language = {code: translate_url(path, code) for code, _ in settings.LANGUAGES}
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang={quoteattr(tag(code))} '
            f'href="{_address(request, there)}"/>'
            for code, there in by_language.items()
        )
        others += (
            '<xhtml:link rel="alternate" hreflang="x-default" '
            f'href="{_address(request, by_language[settings.LANGUAGE_CODE])}"/>'
        )
        lines += [
            f"<url><loc>{_address(request, there)}</loc>{others}</url>\n"
            for there in by_language.values()
        ]
    body = f"{_HEAD}<urlset {_SITEMAP} {_XHTML}>\n{''.join(lines)}</urlset>\n"
    return HttpResponse(body, content_type=_TYPE)


@require_safe
def sitemap_places(request: HttpRequest, after: int) -> StreamingHttpResponse:
    """List the pages of the public places behind an id, at most as many as a file may hold."""
    if after > 2**63 - 1:
        raise Http404
    found = (
        Feature.objects.filter(
            layer__visibility=Layer.Visibility.PUBLIC, layer__sample=False, pk__gt=after
        )
        .order_by("pk")
        .values_list("pk", "updated_at")[:MOST]
    )

    def lines() -> Iterator[str]:
        yield f"{_HEAD}<urlset {_SITEMAP}>\n"
        for pk, updated in found.iterator(chunk_size=5_000):
            address = _address(request, reverse("feature", args=[pk]))
            yield f"<url><loc>{address}</loc><lastmod>{updated.date()}</lastmod></url>\n"
        yield "</urlset>\n"

    return StreamingHttpResponse(lines(), content_type=_TYPE)


def _address(request: HttpRequest, path: str) -> str:
    return escape(request.build_absolute_uri(path), {'"': "&quot;"})
