"""Where the script fetches a layer's places: published files, else the API.

What is returned here has the same shape as what the script makes of the manifest itself
(assets/map/manifest.ts), so that a page that has been open for hours goes on with new files.
"""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from layers.models import Layer, Publication
from layers.publish import published, tree
from layers.publish.manifest import boundary
from layers.style import legend
from layers.texts import text_in

Part = Publication.Part

MANIFEST = f"{tree.PREFIX}manifest.json"


def data_addresses(
    layer: Layer, current: Mapping[str, Publication], language: str
) -> dict[str, Any]:
    """Return ``features`` (GeoJSON in the language) or ``tiles``.

    ``current`` is the layer's entry of ``published.newest_of``. ``tiles`` holds ``template`` (with
    ``{z}``, ``{x}``, ``{y}``), ``minzoom``, ``maxzoom`` and ``present``: by zoom the boxes of
    columns and rows, both ends included, outside which no tile is.
    """
    addresses: dict[str, Any] = {}
    baked = current.get(Part.MAP)
    if baked and "tiles" in baked.facts:
        addresses["tiles"] = {
            "template": published.address(layer, baked) + "tiles/{z}/{x}/{y}.mvt",
            "minzoom": baked.facts["minzoom"],
            "maxzoom": baked.facts["maxzoom"],
            "present": baked.facts.get("zooms"),
        }
    elif baked and language in baked.facts.get("languages", []):
        addresses["features"] = f"{published.address(layer, baked)}features.{language}.geojson"
    else:
        api = reverse("api-1:features", args=[layer.slug])
        addresses["features"] = f"{api}?lang={language}"
    return addresses


def boundary_address() -> str:
    """Return where the script fetches the city's boundary: the published file, else the API."""
    if tree.shared_path("boundary.geojson", boundary()).is_file():
        return tree.shared("boundary.geojson", boundary())
    return reverse("api-1:boundary")


def classes(layer: Layer, language: str) -> dict[str, Any] | None:
    """Return the field that a layer's areas are coloured by, and its classes; None where none is.

    A class has ``value``, ``title`` (in the language) and ``colour`` (``#rrggbb``).
    """
    said = legend(layer)
    if not said.get("classes"):
        return None
    return {
        "field": said["field"],
        "classes": [
            {**each, "title": text_in(each["title"], language)} for each in said["classes"]
        ],
    }
