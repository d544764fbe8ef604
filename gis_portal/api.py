"""The API under /api/v1/: typed, described by OpenAPI at /api/v1/openapi.json."""

from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import NinjaAPI, Router, Schema

from gis_portal.city import boundary_geojson
from gis_portal.portal.middleware import RETRY_AFTER_SECONDS
from layers.api import router as layers_router

api = NinjaAPI(title="gis_portal", version="1", urls_namespace="api-1", docs_url=None)
root = Router(tags=["portal"])


class Link(Schema):
    """A link to a part of the API."""

    href: str
    rel: str
    type: str


class Landing(Schema):
    """What this API is and where its parts are."""

    title: str
    code: str
    languages: list[str]
    links: list[Link]


@root.get("/", response=Landing)
def landing(request: HttpRequest) -> dict[str, Any]:
    """Say which city this is and link to the parts of the API."""
    city = settings.CITY

    def link(name: str, rel: str, media_type: str = "application/json") -> dict[str, str]:
        href = request.build_absolute_uri(reverse(f"api-1:{name}"))
        return {"href": href, "rel": rel, "type": media_type}

    return {
        "title": city.text(city.portal_name, settings.LANGUAGE_CODE),
        "code": city.code,
        "languages": list(city.languages),
        "links": [
            link("landing", "self"),
            link("openapi-json", "service-desc", "application/vnd.oai.openapi+json;version=3.1"),
            link("layers", "data"),
            link("boundary", "item", "application/geo+json"),
        ],
    }


@root.get("/boundary", url_name="boundary")
def boundary(request: HttpRequest) -> JsonResponse:
    """Return the city's boundary as GeoJSON, with its attribution."""
    response = JsonResponse(
        boundary_geojson(settings.CITY),
        content_type="application/geo+json",
        json_dumps_params={"ensure_ascii": False},
    )
    response["Cache-Control"] = "public, max-age=3600"
    return response


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def database_down(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer 503 in the API's own words when the database is away."""
    response = api.create_response(request, {"detail": "The database does not answer."}, status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


api.add_router("", root)
api.add_router("", layers_router)
