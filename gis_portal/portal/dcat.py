"""The catalogue in the words of DCAT 3 (W3C), as JSON-LD; fields as DCAT-AP asks for them.

A licence here is what its publisher wrote, so it is a document with a label and no address of our
making. What is not known is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from layers.models import Layer

if TYPE_CHECKING:
    from gis_portal.portal.catalogue import Dataset, File

Absolute = Callable[[str], str]
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"


def catalogue(datasets: Iterable["Dataset"], absolute: Absolute) -> dict[str, Any]:
    """Return the whole catalogue; ``absolute`` makes an address of a path."""
    city = settings.CITY
    page = absolute(reverse("catalogue"))
    return {
        "@context": _CONTEXT,
        "@id": page,
        "@type": "dcat:Catalog",
        "dct:title": texts(city.portal_name),
        "dct:publisher": _publisher(),
        "foaf:homepage": {"@id": absolute("/")},
        "dct:language": [tag(code) for code in city.languages],
        "dcat:dataset": [_dataset(each, page, absolute) for each in datasets],
    }


def texts(by_language: Mapping[str, str]) -> list[dict[str, str]]:
    """Return texts with their language tags."""
    return [{"@value": text, "@language": tag(code)} for code, text in by_language.items() if text]


def tag(code: str) -> str:
    """Return the language tag (BCP 47) of one of the city's languages.

    For easy Japanese there is none; a private subtag says that it is another kind of Japanese.
    """
    return "ja-x-easy" if code == "ja-easy" else code


def _publisher() -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": texts(settings.CITY.name)}


def _dataset(each: "Dataset", page: str, absolute: Absolute) -> dict[str, Any]:
    layer = each.layer
    found: dict[str, Any] = {
        "@id": f"{page}#{layer.slug}",
        "@type": "dcat:Dataset",
        "dct:identifier": layer.slug,
        "dct:title": texts(layer.title),
        "dct:description": texts(layer.description or layer.title),
        "dct:publisher": _publisher(),
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": texts(settings.CITY.contact_name),
        },
        "dcat:landingPage": {"@id": f"{page}#{layer.slug}"},
        "dct:modified": _time(each),
        "dcat:distribution": [_distribution(file, layer, page, absolute) for file in each.files],
    }
    if layer.attribution:
        found["dct:provenance"] = {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": layer.attribution,
        }
    if layer.source_date:
        found["dct:date"] = {"@value": layer.source_date.isoformat(), "@type": "xsd:date"}
    if each.bbox:
        found["dct:spatial"] = {
            "@type": "dct:Location",
            "dcat:bbox": {"@value": _box(each.bbox), "@type": "geosparql:wktLiteral"},
        }
    return found


def _distribution(file: "File", layer: Layer, page: str, absolute: Absolute) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": absolute(file.url),
        "@type": "dcat:Distribution",
        "dct:title": f"{file.name} ({file.label})",
        "dcat:accessURL": {"@id": f"{page}#{layer.slug}"},
        "dcat:downloadURL": {"@id": absolute(file.url)},
        "dcat:mediaType": {"@id": f"{_MEDIA}{file.media_type}"},
        "dcat:byteSize": {"@value": str(file.bytes), "@type": "xsd:nonNegativeInteger"},
    }
    if layer.licence:
        found["dct:license"] = {"@type": "dct:LicenseDocument", "rdfs:label": layer.licence}
    return found


def _time(each: "Dataset") -> dict[str, str]:
    return {"@value": each.updated.isoformat(), "@type": "xsd:dateTime"}


def _box(bbox: tuple[float, float, float, float]) -> str:
    west, south, east, north = bbox
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{x} {y}' for x, y in corners)}))"
