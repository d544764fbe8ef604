"""SQL for filters, made of fixed templates and parameters: nothing of a request becomes SQL text.

Comparisons with what is missing are unknown, and so is NOT of them (CQL2's logic is SQL's): hence
no ``Q``, whose negation takes what is missing for a yes.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import (
    BooleanField,
    Case,
    F,
    FloatField,
    Func,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, Regex
from shapely.geometry.base import BaseGeometry

Expression = Combinable | Func | Case | Value
WHOLE_DATE = r"^\d{4}-\d{2}-\d{2}$"


class Predicate(Func):
    """Something that is true, false or unknown of a place."""

    output_field = BooleanField()
    conditional = True


class And(Predicate):
    """True where all are."""

    template, arg_joiner = "(%(expressions)s)", " AND "


class Or(Predicate):
    """True where one is."""

    template, arg_joiner = "(%(expressions)s)", " OR "


class Not(Predicate):
    """True where the one is false."""

    template, arity = "(NOT %(expressions)s)", 1


class Constant(Predicate):
    """True or false, whatever the place."""

    template, arity = "(%(expressions)s)", 1


class Missing(Predicate):
    """True where there is no value."""

    template, arity = "(%(expressions)s IS NULL)", 1


class Compared(Predicate):
    """Two values and an operator of ``OPERATORS`` between them."""

    template, arity = "(%(expressions)s)", 2

    def __init__(self, operator: str, *values: Any) -> None:
        """Take the operator as CQL2 writes it, then the two values."""
        super().__init__(*values)
        self.arg_joiner = f" {OPERATORS[operator]} "


OPERATORS = {
    "=": "=",
    "<>": "<>",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
    "like": "LIKE",
}
"""CQL2's operators in SQL; LIKE has the same wildcards and the same escape in both."""


class Related(Predicate):
    """Two geometries and a relation of ``RELATIONS`` between them."""

    arity = 2

    def __init__(self, relation: str, *geometries: Any) -> None:
        """Take the relation as CQL2 writes it, then the two geometries."""
        super().__init__(*geometries)
        self.function = RELATIONS[relation]


RELATIONS = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
"""CQL2's spatial functions in PostGIS; all but ST_Disjoint look into the spatial index first."""


def geometry_value(shape: BaseGeometry) -> Value:
    """Return a geometry (longitude, latitude) as a parameter."""
    geometry = GEOSGeometry(memoryview(shape.wkb), srid=4326)
    return Value(geometry, output_field=GeometryField(srid=4326))


def intersects(shape: BaseGeometry) -> Predicate:
    """Return "the place intersects this geometry" (longitude, latitude)."""
    return Related("s_intersects", F("geom"), geometry_value(shape))


def all_of(predicates: Sequence[Predicate]) -> Predicate | None:
    """Return "all of these"; None where there are none."""
    return And(*predicates) if predicates else None


class _Json(Func):
    function, arity = "jsonb_extract_path", 2


class _Text(Func):
    function, arity, output_field = "jsonb_extract_path_text", 2, TextField()


class _Number(Func):
    template, arity, output_field = "(%(expressions)s)::numeric", 1, FloatField()


class _Flag(Func):
    template, arity, output_field = "(%(expressions)s)::boolean", 1, BooleanField()


class _Typed(Func):
    function, arity, output_field = "jsonb_typeof", 1, TextField()


def text_of(column: str) -> Expression:
    """Return a column of the source as text."""
    return _Text(F("properties"), Value(column))


def number_of(column: str) -> Expression:
    """Return a column as a number; null in rows where something else stands."""
    return _if_typed(column, "number", _Number(text_of(column)))


def flag_of(column: str) -> Expression:
    """Return a column as true or false; null in rows where something else stands."""
    return _if_typed(column, "boolean", _Flag(text_of(column)))


def whole_date_of(column: str) -> Expression:
    """Return a column as YYYY-MM-DD; null where the source knows less than the day."""
    return Case(When(Regex(text_of(column), WHOLE_DATE), then=text_of(column)))


def _if_typed(column: str, kind: str, value: Expression) -> Expression:
    typed = _Typed(_Json(F("properties"), Value(column), output_field=TextField()))
    return Case(When(Exact(typed, kind), then=value))
