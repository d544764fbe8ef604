"""What the front page shows: read from its address.

The script reads it by the same rules (assets/map/permalink.ts), so that one page from a file serves
every address; what is read here is for visitors without a script.

The address holds ``at=latitude,longitude,zoom``, ``layers=a,b`` (or repeated, as a form sends it),
``base=id``, ``feature=id`` and ``page=n``. What can't be read is as if it weren't there: an address
that somebody kept for years must still open.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from layers.geojson import listing_order
from layers.models import Feature, Layer

ZOOMS = range(23)


@dataclass(frozen=True)
class View:
    """A position of the map: degrees (JGD2011) and a Web Mercator zoom level."""

    latitude: float
    longitude: float
    zoom: int

    def __str__(self) -> str:
        """Return the value of ``at``."""
        return f"{round(self.latitude, 5)},{round(self.longitude, 5)},{self.zoom}"


@dataclass(frozen=True)
class MapState:
    """What an address asks for, made valid."""

    at: View | None
    layers: tuple[Layer, ...]
    base: str
    feature: Feature | None

    @property
    def slugs(self) -> list[str]:
        """The short names of the layers that are shown."""
        return [layer.slug for layer in self.layers]


def view(text: str) -> View | None:
    """Read ``latitude,longitude,zoom``; None where it is no place on Earth."""
    try:
        latitude, longitude, zoom = (float(part) for part in text.split(","))
    except ValueError:
        return None
    on_earth = math.isfinite(zoom) and abs(latitude) <= 85 and abs(longitude) <= 180
    if not on_earth or int(zoom) not in ZOOMS:
        return None
    return View(latitude, longitude, int(zoom))


def map_state(query: QueryDict, layers: Sequence[Layer], bases: Sequence[str]) -> MapState:
    """Read an address. ``layers`` are those that the visitor may see; ``bases`` base maps' ids."""
    if "layers" in query:
        slugs = {slug for value in query.getlist("layers") for slug in value.split(",")}
    else:
        slugs = {layer.slug for layer in layers if layer.shown_at_start}
    feature = _feature(query.get("feature", ""), layers)
    if feature:
        slugs.add(feature.layer.slug)  # what is asked for is not hidden
    base = query.get("base", "")
    return MapState(
        at=view(query.get("at", "")),
        layers=tuple(layer for layer in layers if layer.slug in slugs),
        base=base if base in bases else next(iter(bases), ""),
        feature=feature,
    )


def listed(layers: Sequence[Layer]) -> QuerySet[Feature]:
    """Return the features of layers in the order of the list: by layer, then by reading."""
    ordered = listing_order(Feature.objects.filter(layer__in=layers).select_related("layer"))
    return ordered.order_by("layer__order", "layer__slug", *ordered.query.order_by)


def _feature(text: str, layers: Sequence[Layer]) -> Feature | None:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return Feature.objects.filter(layer__in=layers, pk=int(text)).select_related("layer").first()
