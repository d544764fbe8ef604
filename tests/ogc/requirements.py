"""The requirements of the classes that are claimed, by standard; each has a test of its own.

A test says which it holds: ``@requirement("features-1/core/root-op")`` is /req/core/root-op of OGC
API – Features Part 1.
"""

import pytest

requirement = pytest.mark.requirement

_IDS = {
    "common-1": {
        "core": "http query-param-name-unknown query-param-value-invalid"
        " query-param-capitalization query-param-list-delimiter query-param-list-escape"
        " query-param-list-empty query-param-value-boolean query-param-value-integer"
        " query-param-value-decimal query-param-value-double",
        "landing-page": "root-op root-success api-definition-op api-definition-success"
        " conformance-op conformance-success",
        "html": "definition content",
        "json": "definition content",
        "oas30": "oas-definition-1 oas-definition-2 oas-impl completeness exceptions-codes"
        " security",
    },
    "common-2": {
        "collections": "collections-list-op collections-list-success collections-list-links"
        " collections-list-collections description-op description-success description-links"
        " description-extent description-extent-multi",
    },
    "features-1": {
        "core": "root-op root-success api-definition-op api-definition-success conformance-op"
        " conformance-success http query-param-unknown query-param-invalid crs84 fc-md-op"
        " fc-md-success fc-md-links fc-md-items fc-md-items-links fc-md-extent sfc-md-op"
        " sfc-md-success fc-op fc-limit-definition fc-limit-response-1 fc-bbox-definition"
        " fc-bbox-response fc-time-definition fc-time-response fc-response fc-links fc-rel-type"
        " fc-timeStamp fc-numberMatched fc-numberReturned f-op f-success f-links",
        "geojson": "definition content",
        "html": "definition content",
        "oas30": "oas-definition-1 oas-definition-2 oas-impl completeness exceptions-codes"
        " security",
    },
    "features-2": {
        "crs": "crs-uri fc-md-crs-list fc-md-crs-list-global fc-md-storageCrs"
        " fc-md-storageCrs-valid-value fc-bbox-crs-definition fc-bbox-crs-valid-value"
        " fc-bbox-crs-default-value fc-bbox-crs-action bbox-crs-exception fc-crs-definition"
        " fc-crs-valid-value fc-crs-default-value fc-crs-action crs-exception ogc-crs-header"
        " ogc-crs-header-value geojson",
    },
    "features-3": {
        "queryables": "queryables-link get-queryables-op get-queryables-response",
        "queryables-query-parameters": "parameters",
        "filter": "filter-param filter-lang-param filter-crs-wgs84 filter-crs-param"
        " expression-construction mixing-expressions response",
        "features-filter": "get-queryables-op queryables-link filter-param filter-lang-param"
        " filter-crs-param response",
    },
    "cql2": {
        "basic-cql2": "cql2-filter property binary-comparison-predicate null-predicate",
        "advanced-comparison-operators": "like-predicate between-predicate in-predicate",
        "basic-spatial-functions": "spatial-predicate spatial-functions spatial-data-types",
        "basic-spatial-functions-plus": "spatial-data-types",
        "spatial-functions": "spatial-functions spatial-data-types",
        "cql2-text": "basic-cql2 escaping advanced-comparison-operators basic-spatial-functions"
        " basic-spatial-functions-plus spatial-functions",
        "cql2-json": "basic-cql2 advanced-comparison-operators basic-spatial-functions"
        " basic-spatial-functions-plus spatial-functions",
    },
    "tiles-1": {
        "core": "tc-op tc-tilematrix-definition tc-tilerow-definition tc-tilecol-definition"
        " tc-success tc-error conformance-success",
        "tileset": "description conformance-success",
        "tilesets-list": "tileset-path tileset-links conformance-success",
        "geodata-tilesets": "operation desc-links conformance-success",
        "mvt": "content",
        "oas30": "completeness operation-id",
    },
}

ALL = frozenset(
    f"{standard}/{name}/{one}"
    for standard, classes in _IDS.items()
    for name, ids in classes.items()
    for one in ids.split()
)
CLASSES = frozenset(f"{standard}/{name}" for standard, names in _IDS.items() for name in names)
