"""The conformance classes that are claimed; docs/conformance.md says how each was tried."""

_SPEC = "http://www.opengis.net/spec"
_CLAIMED = {
    "ogcapi-common-1/1.0": ("core", "landing-page", "oas30", "html", "json"),
    "ogcapi-common-2/1.0": ("collections",),
    "ogcapi-features-1/1.0": ("core", "oas30", "html", "geojson"),
    "ogcapi-features-2/1.0": ("crs",),
    "ogcapi-features-3/1.0": (
        "queryables",
        "queryables-query-parameters",
        "filter",
        "features-filter",
    ),
    "cql2/1.0": (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
    ),
    "ogcapi-tiles-1/1.0": (
        "core",
        "tileset",
        "tilesets-list",
        "geodata-tilesets",
        "mvt",
        "oas30",
    ),
}

CLASSES = tuple(
    f"{_SPEC}/{standard}/conf/{name}" for standard, names in _CLAIMED.items() for name in names
)
