"""Links: in the documents, and in the header ``Link`` (RFC 8288)."""

from collections.abc import Sequence
from typing import TypedDict

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA, TILE = "application/schema+json", "application/vnd.mapbox-vector-tile"
PROBLEM = "application/problem+json"
OGC = "http://www.opengis.net/def/rel/ogc/1.0/"
QUERYABLES, TILESETS, TILING = f"{OGC}queryables", f"{OGC}tilesets-vector", f"{OGC}tiling-scheme"
GEODATA = f"{OGC}geodata"
TILING_SCHEMES = f"{OGC}tiling-schemes"
_LONGEST_IN_HEADER = 600
"""Of an address in the header: proxies give all headers of an answer some 4,000 bytes."""


class Link(TypedDict, total=False):
    """A link as the documents carry it; ``href``, ``rel`` and ``type`` are always there."""

    href: str
    rel: str
    type: str
    title: str
    hreflang: str
    templated: bool


def link(href: str, rel: str, media_type: str, title: str = "") -> Link:
    """Return a link."""
    made = Link(href=href, rel=rel, type=media_type)
    if title:
        made["title"] = title
    return made


def header(links: Sequence[Link]) -> str:
    """Return the links as a header says them. Templates and very long addresses are left out."""
    return ", ".join(
        f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"'
        for one in links
        if not one.get("templated") and len(one["href"]) <= _LONGEST_IN_HEADER
    )
