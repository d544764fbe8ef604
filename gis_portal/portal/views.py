"""The public pages."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import GEOSGeometry
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from leaflet import app_settings as leaflet_settings
from shapely.geometry.base import BaseGeometry

from gis_portal.portal import schema_org
from gis_portal.portal.facts import description, designations, facts, precision, source, telephones
from gis_portal.portal.listing import MapState, View, listed, map_state
from gis_portal.portal.nearby import Nearby, nearby
from gis_portal.portal.published_urls import (
    MANIFEST,
    boundary_address,
    classes,
    data_addresses,
)
from gis_portal.portal.same_facility import same_facility
from gis_portal.portal.sketch import Box, Frame, Mark, sketch
from gis_portal.portal.templatetags.portal import SPRITE, current_language
from layers.geojson import subtitle
from layers.models import Feature, Layer
from layers.publish.published import newest_of

PAGE_SIZE = 50
SKETCH_SIZE = (720, 540)
SMALL_SKETCH_SIZE = (400, 300)
MOST_DRAWN = 2000
"""The drawing without script shows no more places than this: the page must stay light."""
PLACE_ZOOM = 16
TILE_WORKER = "dist/tile-worker.js"
AREA_KINDS = frozenset({Layer.Kind.HAZARD, Layer.Kind.PLANNING})
"""Kinds that one is in, but does not go to: not listed as places nearby."""
LEAST_DEGREES, MOST_DEGREES = 0.001, 0.02
"""How far around a place its small map reaches: some 100 m at least, some 2 km at most."""
LEAFLET_KEYS = ("DEFAULT_CENTER", "DEFAULT_ZOOM", "MIN_ZOOM", "MAX_ZOOM", "SCALE")


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """Show the map with its list; without a script a drawing and the whole list."""
    layers = list(Layer.objects.visible_to(request.user).with_counts())
    state = map_state(request.GET, layers, [base.id for base in settings.CITY.base_maps])
    found = listed(state.layers)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    for name in ("page", "feature"):
        query.pop(name, None)
    return render(
        request,
        "portal/map.html",
        {
            "layers": layers,
            "state": state,
            "page": page,
            "query": query.urlencode(),
            "base_maps": _base_maps(),
            "leaflet": json.dumps({key: leaflet_settings[key] for key in LEAFLET_KEYS}),
            "page_data": _page_data(layers),
            "sketch": _map_sketch(state, found),
        },
    )


@require_safe
def feature_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything the portal knows of one place."""
    layers = Layer.objects.visible_to(request.user)
    feature = Feature.objects.filter(layer__in=layers, pk=pk).select_related("layer").first()
    if feature is None:
        raise Http404
    near = nearby(feature, [layer for layer in layers if layer.kind not in AREA_KINDS])
    middle = feature.geom.point_on_surface
    view = View(middle.y, middle.x, PLACE_ZOOM)
    return render(
        request,
        "portal/feature.html",
        {
            "feature": feature,
            "layer": feature.layer,
            "telephones": telephones(feature),
            "description": description(feature),
            "facts": facts(feature, current_language()),
            "designations": (
                designations(feature) if feature.layer.kind == Layer.Kind.EMERGENCY_SITE else []
            ),
            "same_facility": same_facility(feature, layers),
            "precision": precision(feature),
            "source": source(feature),
            "subtitle": subtitle(feature.properties),
            "nearby": near,
            "map_url": _map_url(feature, view, layers),
            "sketch": _feature_sketch(feature, near),
            "base": next(iter(_base_maps()), None),
            "linked": _linked(request, feature),
        },
    )


def _linked(request: HttpRequest, feature: Feature) -> str:
    """Return what search engines read; nothing of a place that they can't see."""
    if not feature.layer.is_public:
        return ""
    place = schema_org.place(feature, request.build_absolute_uri, current_language())
    return schema_org.script(place)


def _map_url(feature: Feature, view: View, layers: Iterable[Layer]) -> str:
    """Return the map's address with the place chosen; its layer is named where it isn't usual."""
    url = f"{reverse('map')}?feature={feature.pk}&at={view}"
    if feature.layer.shown_at_start:
        return url
    shown = [la.slug for la in layers if la.shown_at_start or la.pk == feature.layer_id]
    return f"{url}&layers={','.join(shown)}"


def _base_maps() -> list[dict[str, Any]]:
    city, language = settings.CITY, current_language()
    return [
        {
            "id": base.id,
            "title": city.text(base.title, language),
            "url": base.url,
            "attribution": city.text(base.attribution, language),
            "attributionUrl": base.attribution_url,
            "minZoom": base.min_zoom,
            "maxZoom": base.max_zoom,
        }
        for base in city.base_maps
    ]


def _page_data(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return what the script needs to know (assets/map/page.ts: Page): the same at any address."""
    language = current_language()
    bases = _base_maps()
    current = newest_of(layers)
    return {
        "language": language.split("-")[0],
        "code": language,
        "layers": [
            {
                "slug": layer.slug,
                "title": layer.title_in(language),
                "kind": layer.kind,
                "count": layer.feature_count,  # type: ignore[attr-defined]
                "sample": layer.sample,
                "attribution": layer.attribution,
                "style": classes(layer, language),
                **data_addresses(layer, current[layer.pk], language),
            }
            for layer in layers
        ],
        "manifest": MANIFEST if any(current.values()) else None,
        "baseMaps": bases,
        "boundary": boundary_address(),
        "symbols": static(SPRITE),
        "worker": static(TILE_WORKER),
        "placePage": reverse("feature", args=[0]).replace("/0/", "/{id}/"),
        "placeApi": f"{reverse('api-1:feature', args=[0]).replace('/0', '/{id}')}?lang={language}",
        "usual": {
            "layers": [layer.slug for layer in layers if layer.shown_at_start],
            "base": bases[0]["id"] if bases else "",
        },
        "kinds": {str(kind): str(kind.label) for kind in Layer.Kind},
        "words": {
            "count": _("On the map now: {count}"),
            "more": _("On the map now: more than {count}"),
            "choose": _("Choose what the map shall show."),
            "none": _("No place of the chosen layers is in this part of the map."),
            "group": _("{count} places: {parts}"),
            "loading": _("Loading the places…"),
        },
    }


def _map_sketch(state: MapState, found: QuerySet[Feature]) -> str:
    width, height = SKETCH_SIZE
    # Rows, not features: the drawing needs little of them, for every place of the city.
    drawn = found.annotate(wkb=AsWKB("geom")).values_list("pk", "layer__kind", "wkb")[:MOST_DRAWN]
    of_address = state.feature.pk if state.feature else None
    marks = [
        Mark(kind, shapely.from_wkb(bytes(wkb)), None, pk == of_address) for pk, kind, wkb in drawn
    ]
    at = state.at
    if at is None and state.feature:
        middle = state.feature.geom.point_on_surface
        at = View(middle.y, middle.x, PLACE_ZOOM - 2)
    if at:
        frame = Frame.centred(at.latitude, at.longitude, at.zoom, width, height)
    else:
        frame = Frame.around(_extent(state.layers), width, height)
    return sketch(
        frame,
        settings.CITY.boundary,
        marks,
        label=_("Drawing of the map: the city's boundary and the places of the list"),
        symbols=static(SPRITE),
    )


def _feature_sketch(feature: Feature, near: Sequence[Nearby]) -> str:
    marks = [
        *(_mark(other.feature, number=number) for number, other in enumerate(near, start=1)),
        _mark(feature, chosen=True),
    ]
    base = next(iter(settings.CITY.base_maps), None)
    return sketch(
        Frame.around(_box_with(feature, near), *SMALL_SKETCH_SIZE, whole_zoom=True),
        settings.CITY.boundary,
        marks,
        label=_("Map: {name} and the places near it").format(
            name=feature.name_in(current_language())
        ),
        symbols=static(SPRITE),
        tiles=base.url if base else None,
    )


def _box_with(feature: Feature, near: Sequence[Nearby]) -> Box:
    """Return a box with the feature in its middle and, where not too far, the places near it."""
    west, south, east, north = feature.geom.extent
    middles = [other.feature.geom.centroid for other in near]
    x, y = (west + east) / 2, (south + north) / 2
    reach_x = max([LEAST_DEGREES, *(abs(middle.x - x) for middle in middles)])
    reach_y = max([LEAST_DEGREES, *(abs(middle.y - y) for middle in middles)])
    across, up = min(reach_x, MOST_DEGREES), min(reach_y, MOST_DEGREES)
    return (
        min(west, x - across),
        min(south, y - up),
        max(east, x + across),
        max(north, y + up),
    )


def _extent(layers: Sequence[Layer]) -> Box:
    """Return the box of the city and of what the layers show."""
    city: Box = settings.CITY.bbox
    extent = Feature.objects.filter(layer__in=layers).aggregate(box=Extent("geom"))["box"]
    if extent is None:
        return city
    west, south, east, north = zip(city, extent, strict=True)
    return min(west), min(south), max(east), max(north)


def _mark(feature: Feature, *, number: int | None = None, chosen: bool = False) -> Mark:
    return Mark(feature.layer.kind, _shapely(feature.geom), number, chosen)


def _shapely(geometry: GEOSGeometry) -> BaseGeometry:
    shape: BaseGeometry = shapely.from_wkb(bytes(geometry.wkb))
    return shape
