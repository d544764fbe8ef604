"""What search engines read: places and data sets in the words of schema.org, as JSON-LD."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from gis_portal.portal.facts import telephones
from layers.models import Feature, Layer

if TYPE_CHECKING:
    from gis_portal.portal.catalogue import Dataset

Absolute = Callable[[str], str]
_CONTEXT = "https://schema.org"
# No more than a layer's kind tells: a public facility need not be a government's building.
_TYPES = {
    Layer.Kind.PUBLIC_FACILITY: "CivicStructure",
    Layer.Kind.EMERGENCY_SITE: "CivicStructure",
    Layer.Kind.SHELTER: "CivicStructure",
    Layer.Kind.CHILDCARE: "ChildCare",
    Layer.Kind.SCHOOL: "School",
    Layer.Kind.HERITAGE: "LandmarksOrHistoricalBuildings",
}
_ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


def script(data: dict[str, Any] | None) -> SafeString:
    """Return JSON-LD as an element of a page, which no text in it can end; "" for nothing.

    It is data: a browser runs nothing of it, so the content security policy has no part in it.
    """
    if data is None:
        return SafeString("")
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped


def place(feature: Feature, absolute: Absolute, language: str) -> dict[str, Any] | None:
    """Return a feature (with its layer) as a place; None for a sample, which is no fact.

    A point that stands for a whole town is not told as the place's coordinates.
    """
    layer = feature.layer
    if layer.sample:
        return None
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": _TYPES.get(Layer.Kind(layer.kind), "Place"),
        "@id": absolute(reverse("feature", args=[feature.pk])),
        "name": feature.name_in(language),
        "url": absolute(feature.get_absolute_url()),
    }
    others = {feature.name, feature.name_kana, feature.name_en} - {"", found["name"]}
    if others:
        found["alternateName"] = sorted(others)
    if feature.address:
        found["address"] = {
            "@type": "PostalAddress",
            "streetAddress": feature.address,
            "addressCountry": "JP",
        }
    if (numbers := telephones(feature)) != []:
        found["telephone"] = numbers[0]
    is_point = layer.geometry_type == Layer.GeometryType.POINT
    if is_point and feature.provenance != Feature.Provenance.ADDRESS_TOWN:
        middle = feature.geom.point_on_surface
        found["geo"] = {"@type": "GeoCoordinates", "latitude": middle.y, "longitude": middle.x}
    return found


def catalogue(datasets: Iterable["Dataset"], absolute: Absolute, language: str) -> dict[str, Any]:
    """Return the catalogue; samples are no data to be found."""
    city = settings.CITY
    page = absolute(reverse("catalogue"))
    return {
        "@context": _CONTEXT,
        "@type": "DataCatalog",
        "@id": page,
        "name": city.text(city.portal_name, language),
        "dataset": [
            _dataset(each, page, absolute, language) for each in datasets if not each.layer.sample
        ],
    }


def _dataset(each: "Dataset", page: str, absolute: Absolute, language: str) -> dict[str, Any]:
    layer, city = each.layer, settings.CITY
    found: dict[str, Any] = {
        "@type": "Dataset",
        "@id": f"{page}#{layer.slug}",
        "name": layer.title_in(language),
        "description": layer.description_in(language) or layer.title_in(language),
        "url": f"{page}#{layer.slug}",
        "dateModified": each.updated.isoformat(),
        "publisher": {"@type": "Organization", "name": city.text(city.name, language)},
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": absolute(file.url),
                "encodingFormat": file.media_type,
                "contentSize": f"{file.bytes} B",
            }
            for file in each.files
        ],
    }
    if layer.licence:
        found["license"] = layer.licence
    if layer.attribution:
        found["creditText"] = layer.attribution
    if each.bbox:
        west, south, east, north = each.bbox
        found["spatialCoverage"] = {
            "@type": "Place",
            "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"},
        }
    return found
