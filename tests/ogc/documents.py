"""Looking into the API's documents."""

from typing import Any

from tests.ogc.conftest import Get


def link(links: list[dict[str, Any]], rel: str, media_type: str | None = None) -> dict[str, Any]:
    """Return the one link of a relation (and type)."""
    found = [one for one in links if one["rel"] == rel and media_type in (None, one["type"])]
    assert len(found) == 1, (rel, found)
    return found[0]


def parameter(get: Get, path: str, name: str) -> dict[str, Any]:
    """Return how the API's definition describes a query parameter."""
    described = get("api").json()["paths"][path]["get"]["parameters"]
    return next(one for one in described if one["name"] == name and one["in"] == "query")
