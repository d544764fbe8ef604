"""The places of a collection, page by page: what was asked, as one query, and how many there are.

A page begins after the key that the page before ended with: the unique index of (layer, key) finds
it at once, wherever it is, and nothing is left out or told twice when a place comes or goes
meanwhile. GeoJSON's geometries are written by the database, in the system asked for.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.gis.db.models import Extent, GeometryField
from django.contrib.gis.db.models.functions import Transform
from django.core.cache import cache
from django.db.models import Count, F, Func, QuerySet, TextField, Value

from layers.models import Feature, Layer
from layers.ogc import cql
from layers.ogc.crs import Crs, box_shape, crs_of, offered
from layers.ogc.deadline import TookTooLong, within
from layers.ogc.expressions import Predicate, all_of, intersects
from layers.ogc.filters import Filter
from layers.ogc.params import (
    box_of,
    cursor_after,
    key_of,
    limit_of,
    refuse_no_datetime,
    refuse_unknown,
)
from layers.ogc.problems import BadRequest
from layers.ogc.queryables import OWN, PARAMETERS, Queryable, columns_of, queryables_of

PAGE_SECONDS, COUNT_SECONDS, FACTS_SECONDS = 5.0, 2.0, 10.0
DEGREE_DECIMALS, METRE_DECIMALS = 8, 3
"""About a millimetre: a program that goes on working with the positions loses nothing."""
_COUNTED_FOR = 3600
_TOO_DEAR = "too dear"
_OWN_COLUMNS = tuple(q.name for q in OWN if q.name != "id")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a whole layer: how many places, and the box around them in degrees."""

    count: int | None
    bbox: tuple[float, float, float, float] | None


def facts_of(layer: Layer) -> Facts:
    """Return a layer's count and box, counted once a version of the layer."""
    name = f"ogc:facts:{layer.pk}:{layer.version}"
    found: Facts | None = cache.get(name)
    if found is None:
        try:
            with within(FACTS_SECONDS):
                of_layer = Feature.objects.filter(layer=layer)
                known = of_layer.aggregate(count=Count("pk"), box=Extent("geom"))
            found = Facts(known["count"], known["box"])
            cache.set(name, found, None)
        except TookTooLong:
            found = Facts(None, None)
            cache.set(name, found, 60)  # soon to be tried again, when the machine has less to do
    return found


def systems() -> dict[str, Crs]:
    """Return the systems of the API by URI."""
    return offered(settings.CITY.plane_epsg)


@dataclass(frozen=True)
class Page:
    """What was asked of a collection. ``conditions`` choose, ``crs`` is that of the answer."""

    layer: Layer
    limit: int
    crs: Crs
    after: str | None
    conditions: tuple[Predicate, ...]
    asked: Mapping[str, str] = field(repr=False)
    """The parameters that choose, as they were written."""

    @cached_property
    def chosen(self) -> QuerySet[Feature]:
        """All places that were asked for, in no order."""
        found = Feature.objects.filter(layer=self.layer)
        condition = all_of(self.conditions)
        return found if condition is None else found.filter(condition)

    @property
    def rows(self) -> QuerySet[Feature]:
        """The places of the page in their order, and one more where there is a next page."""
        found = self.chosen if self.after is None else self.chosen.filter(key__gt=self.after)
        return found.order_by("key")[: self.limit + 1]

    def count(self) -> int | None:
        """Return how many places were asked for, on all pages; None where that is too dear."""
        if not self.conditions:
            return facts_of(self.layer).count
        told = json.dumps(sorted(self.asked.items())).encode()
        digest = hashlib.sha256(told).hexdigest()[:32]
        name = f"ogc:count:{self.layer.pk}:{self.layer.version}:{digest}"
        found: int | str | None = cache.get(name)
        if found is None:
            try:
                with within(COUNT_SECONDS):
                    found = self.chosen.count()
            except TookTooLong:
                found = _TOO_DEAR
            cache.set(name, found, _COUNTED_FOR)
        return found if isinstance(found, int) else None


def page_of(layer: Layer, query: Mapping[str, str]) -> Page:
    """Return what the query parameters of a request ask of a layer. Raises BadRequest."""
    queryables = queryables_of(layer)
    refuse_unknown(query, [*PARAMETERS, *queryables])
    known = systems()
    conditions: list[Predicate] = []
    box_crs = crs_of("bbox-crs", query.get("bbox-crs"), known)
    if "bbox" in query:
        conditions.append(intersects(box_shape(box_of(query["bbox"]), box_crs)))
    if "datetime" in query:
        refuse_no_datetime(query["datetime"])
    conditions += _filters(query, queryables, crs_of("filter-crs", query.get("filter-crs"), known))
    return Page(
        layer,
        limit_of(query.get("limit")),
        crs_of("crs", query.get("crs"), known),
        key_of(query["cursor"]) if "cursor" in query else None,
        tuple(conditions),
        {name: value for name, value in query.items() if name not in _NOT_CHOOSING},
    )


_NOT_CHOOSING = frozenset({"f", "lang", "limit", "cursor", "crs", "datetime"})


def _filters(
    query: Mapping[str, str], queryables: dict[str, Queryable], crs: Crs
) -> list[Predicate]:
    reading = Filter(queryables, crs)
    found = [reading.equal(name, query[name]) for name in queryables if name in query]
    language = query.get("filter-lang", cql.TEXT)
    if language not in cql.LANGUAGES:
        raise BadRequest(f"filter-lang is one of {', '.join(cql.LANGUAGES)}.")
    if "filter" in query:
        found.append(reading.predicate(cql.tree_of(query["filter"], language)))
    return found


def features_json(page: Page) -> tuple[list[str], str | None]:
    """Return the page's places as GeoJSON texts, and the cursor of the next page if there is one.

    Raises BadRequest where the filter is too much for the time there is.
    """
    rows = _fetched(_values(page.rows, page.crs), bool(page.conditions))
    columns = columns_of(page.layer)
    told = [_feature_json(row, columns, page.layer) for row in rows[: page.limit]]
    more = cursor_after(rows[page.limit - 1][2]) if len(rows) > page.limit else None
    return told, more


def features_listed(page: Page) -> tuple[list[Feature], str | None]:
    """Return the page's places for a list to read, and the cursor of the next page."""
    rows = _fetched(page.rows.defer("geom", "properties"), bool(page.conditions))
    for row in rows:
        row.layer = page.layer  # one layer for all: no query a row
    return rows[: page.limit], (
        cursor_after(rows[page.limit - 1].key) if len(rows) > page.limit else None
    )


def feature_json(layer: Layer, feature_id: int, crs: Crs) -> dict[str, Any] | None:
    """Return one place of a layer as a GeoJSON Feature."""
    row = _values(Feature.objects.filter(layer=layer, pk=feature_id), crs).first()
    return json.loads(_feature_json(row, columns_of(layer), layer)) if row else None


def _fetched(rows: QuerySet[Any, Any], choosing: bool) -> list[Any]:
    try:
        with within(PAGE_SECONDS):
            return list(rows)
    except TookTooLong as error:
        if not choosing:
            raise error.__cause__ or error from None
        raise BadRequest(
            f"That takes longer than {PAGE_SECONDS:g} seconds. A bbox, fewer conditions or a"
            " smaller limit make it quicker."
        ) from error


def _values(features: QuerySet[Feature], crs: Crs) -> QuerySet[Feature, Any]:
    own = (_instant(name) if name == "updated_at" else name for name in _OWN_COLUMNS)
    return features.values_list("pk", _geojson(crs), *own, "properties")


def _instant(name: str) -> Func:
    """Return an instant as RFC 3339 has it, written by the database: a thousand cost nothing."""
    return Func(
        F(name),
        template="to_char(%(expressions)s AT TIME ZONE 'UTC', '" + _RFC_3339 + "')",
        output_field=TextField(),
    )


_RFC_3339 = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def _geojson(crs: Crs) -> Func:
    """Return the geometry as GeoJSON text in a system, its axes in the system's order."""
    geometry: Any = F("geom")
    if not crs.geographic:
        based = Func(geometry, Value(crs.base), function="ST_SetSRID", output_field=_GEOMETRY)
        geometry = Transform(based, crs.epsg)
    if crs.north_first:
        geometry = Func(geometry, function="ST_FlipCoordinates", output_field=_GEOMETRY)
    decimals = DEGREE_DECIMALS if crs.geographic else METRE_DECIMALS
    plain = 0  # no member "crs" and no box: the header Content-Crs says the system
    return Func(
        geometry,
        Value(decimals),
        Value(plain),
        function="ST_AsGeoJSON",
        output_field=TextField(),
    )


_GEOMETRY = GeometryField(srid=4326)
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _feature_json(row: Sequence[Any], columns: Sequence[Queryable], layer: Layer) -> str:
    """Return one row of ``_values`` as a GeoJSON text; the geometry goes in as it came."""
    pk, geometry, *own, source = row
    properties: dict[str, Any] = dict(
        zip(_OWN_COLUMNS, (value or None for value in own), strict=True)
    )
    if layer.sample:
        properties["sample"] = True
    for column in columns:
        properties[column.name] = source.get(column.column)
    told = _ENCODE(properties)
    return f'{{"type":"Feature","id":{pk},"geometry":{geometry},"properties":{told}}}'
