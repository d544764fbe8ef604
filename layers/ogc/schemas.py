"""The shapes of the API's answers, for its definition (OpenAPI 3.0)."""

from typing import Any

Json = dict[str, Any]


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: list[str], **properties: Json) -> Json:
    told: Json = {"type": "object", "properties": properties}
    return {**told, "required": required} if required else told  # an empty list is not allowed


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_LINKS = _list(_ref("link"))

SCHEMAS: Json = {
    "anything": {"type": "object"},
    "link": _object(
        ["href", "rel", "type"],
        href=_TEXT,
        rel=_TEXT,
        type=_TEXT,
        title=_TEXT,
        hreflang=_TEXT,
        templated={"type": "boolean"},
    ),
    "landing": _object(["links"], title=_TEXT, description=_TEXT, links=_LINKS),
    "conformance": _object(["conformsTo"], conformsTo=_list(_TEXT), links=_LINKS),
    "collections": _object(
        ["links", "collections"],
        links=_LINKS,
        crs=_list(_TEXT),
        collections=_list(_ref("collection")),
    ),
    "collection": _object(
        ["id", "links"],
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        attribution=_TEXT,
        licence=_TEXT,
        sourceDate={"type": "string", "format": "date"},
        updated={"type": "string", "format": "date-time"},
        sample={"type": "boolean"},
        itemType={"type": "string", "enum": ["feature"]},
        itemCount=_COUNT,
        crs=_list(_TEXT),
        storageCrs=_TEXT,
        extent=_object([], spatial=_object(["bbox"], bbox=_list(_list({"type": "number"})))),
        links=_LINKS,
    ),
    "featureCollection": _object(
        ["type", "features"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list(_ref("feature")),
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        attribution=_TEXT,
        links=_LINKS,
    ),
    "feature": _object(
        ["type", "id", "geometry", "properties"],
        type={"type": "string", "enum": ["Feature"]},
        id={"type": "integer"},
        geometry=_ref("geometry"),
        properties={"type": "object", "nullable": True},
        links=_LINKS,
    ),
    "geometry": _object(
        ["type", "coordinates"],
        type={
            "type": "string",
            "enum": [
                "Point",
                "MultiPoint",
                "LineString",
                "MultiLineString",
                "Polygon",
                "MultiPolygon",
            ],
        },
        coordinates={"type": "array", "items": {}},
    ),
    "tileMatrixSets": _object(
        ["tileMatrixSets"], tileMatrixSets=_list(_ref("anything")), links=_LINKS
    ),
    "tileSets": _object(["tilesets"], tilesets=_list(_ref("anything")), links=_LINKS),
    "problem": _object(
        ["title", "status", "detail"],
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer"},
        detail=_TEXT,
    ),
}
