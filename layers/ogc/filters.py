"""From the tree of a filter to SQL: every name a queryable, every value of its property's type.

What is understood: AND, OR, NOT, comparisons of a property with a value, LIKE, BETWEEN, IN, IS
NULL, the spatial functions and the literals true and false. (CQL2: basic-cql2,
advanced-comparison-operators, spatial-functions)
"""

import math
from collections.abc import Mapping
from typing import Any

import shapely
from django.db.models import BooleanField, F, Value
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from layers.ogc.cql import Tree
from layers.ogc.crs import Crs, box_shape, shape_in_degrees
from layers.ogc.expressions import (
    OPERATORS,
    RELATIONS,
    And,
    Compared,
    Constant,
    Missing,
    Not,
    Or,
    Predicate,
    Related,
    geometry_value,
)
from layers.ogc.params import day_of, instant_of, number_of, shown
from layers.ogc.problems import BadRequest
from layers.ogc.queryables import GEOMETRY, Queryable

MOST_PARTS, DEEPEST, MOST_MEMBERS, MOST_POSITIONS = 200, 20, 100, 1000
"""Of one filter: conditions, conditions in conditions, members of a list, corners of a geometry."""
_BIGGEST = 2**63
_JOINED = {"and": And, "or": Or}


class Filter:
    """A filter being read: what it may ask about, in which system, and how much it has asked."""

    def __init__(self, queryables: Mapping[str, Queryable], crs: Crs) -> None:
        """Take the queryables by name and the system of the filter's geometries."""
        self._queryables, self._crs, self._parts = queryables, crs, 0

    def predicate(self, tree: Tree, depth: int = 0) -> Predicate:
        """Return a tree as SQL. Raises BadRequest."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadRequest(f"The filter has more than {MOST_PARTS} conditions.")
        if depth > DEEPEST:
            raise BadRequest(f"The filter has conditions in conditions, deeper than {DEEPEST}.")
        if isinstance(tree, bool):
            return Constant(Value(tree, output_field=BooleanField()))
        operator, args = _call(tree)
        if operator in _JOINED:
            if len(args) < 2:
                raise BadRequest(f"{operator} joins two conditions or more.")
            parts = _flat(operator, args)
            return _JOINED[operator](*(self.predicate(part, depth + 1) for part in parts))
        if operator == "not":
            (part,) = _exactly(1, operator, args)
            return Not(self.predicate(part, depth + 1))
        if operator == "isNull":
            (name,) = _exactly(1, operator, args)
            return Missing(
                F("geom") if _names(name) == GEOMETRY else self._property(name).expression
            )
        if operator == "between":
            asked, low, high = _exactly(3, operator, args)
            return And(self._compared(">=", asked, low), self._compared("<=", asked, high))
        if operator == "in":
            return self._among(*_exactly(2, operator, args))
        if operator in OPERATORS:
            return self._compared(operator, *_exactly(2, operator, args))
        if operator in RELATIONS:
            return self._related(operator, _exactly(2, operator, args))
        raise BadRequest(f"{shown(operator)} is not understood; docs/conformance.md says what is.")

    def equal(self, name: str, text: str) -> Predicate:
        """Return a query parameter ``name=text`` as SQL. Raises BadRequest."""
        queryable = self._queryables[name]
        return Compared("=", queryable.expression, Value(_from_text(queryable, text)))

    def _property(self, tree: Tree) -> Queryable:
        name = _names(tree)
        if name is None:
            raise BadRequest("A comparison has a property on its left and a value on its right.")
        if name not in self._queryables:
            raise BadRequest(
                f"There is no property {shown(name)} here. There are:"
                f" {', '.join([*self._queryables, GEOMETRY])}."
                if name != GEOMETRY
                else "The geometry is asked about with the spatial functions only."
            )
        return self._queryables[name]

    def _compared(self, operator: str, asked: Tree, value: Tree) -> Predicate:
        queryable = self._property(asked)
        if operator == "like":
            if queryable.type != "text":
                raise BadRequest(f"LIKE is for texts; {shown(queryable.name)} is none.")
            _refuse_open_escape(value)
        if queryable.type == "boolean" and operator not in ("=", "<>"):
            raise BadRequest(f"{shown(queryable.name)} is true or false, never more or less.")
        return Compared(operator, queryable.expression, Value(_literal(queryable, value)))

    def _among(self, asked: Tree, members: Tree) -> Predicate:
        if not isinstance(members, list) or not members:
            raise BadRequest("IN has a list of values on its right.")
        if len(members) > MOST_MEMBERS:
            raise BadRequest(f"The list has {len(members)} members; {MOST_MEMBERS} are the most.")
        return Or(*(self._compared("=", asked, member) for member in members))

    def _related(self, relation: str, args: list[Tree]) -> Predicate:
        own = [_names(arg) == GEOMETRY for arg in args]
        if own.count(True) != 1:
            raise BadRequest(f"{relation} relates the property {GEOMETRY} to a geometry.")
        shape = self._shape(args[own.index(False)])
        if isinstance(shape, shapely.GeometryCollection):
            if relation == "s_disjoint":
                return Not(Related("s_intersects", F("geom"), geometry_value(shape)))
            if relation != "s_intersects":
                raise BadRequest(f"{relation} is not defined for a GEOMETRYCOLLECTION.")
        given = geometry_value(shape)
        return Related(relation, *(F("geom") if mine else given for mine in own))

    def _shape(self, tree: Tree) -> BaseGeometry:
        if isinstance(tree, dict) and isinstance(tree.get("bbox"), list):
            numbers = [_finite(number) for number in tree["bbox"]]
            if len(numbers) not in (4, 6):
                raise BadRequest("A BBOX has four or six numbers.")
            return box_shape(numbers, self._crs)
        if not isinstance(tree, dict) or "type" not in tree:
            raise BadRequest("A spatial function takes the geometry property and a geometry.")
        try:
            shape = shapely.force_2d(shapely.geometry.shape(tree))
            count = shapely.count_coordinates(shape)
            if count > MOST_POSITIONS:
                raise BadRequest(f"A geometry may have {MOST_POSITIONS} positions, not {count}.")
            if shape.is_empty or not all(map(math.isfinite, shape.bounds)):
                raise BadRequest("A geometry of the filter is empty or has no finite place.")
            if not shape.is_valid:
                raise BadRequest(
                    f"A geometry of the filter is not valid: {shapely.is_valid_reason(shape)}."
                )
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise BadRequest(f"A geometry of the filter can't be read: {error}.") from error
        return shape_in_degrees(shape, self._crs)


def _call(tree: Tree) -> tuple[str, list[Tree]]:
    if isinstance(tree, dict) and isinstance(tree.get("op"), str):
        args = tree.get("args")
        if isinstance(args, list):
            return tree["op"], args
    raise BadRequest("A filter is a condition, like name = 'x', or conditions with AND, OR, NOT.")


def _exactly(count: int, operator: str, args: list[Tree]) -> list[Tree]:
    if len(args) != count:
        raise BadRequest(f"{shown(operator)} takes {count} arguments, not {len(args)}.")
    return args


def _flat(operator: str, args: list[Tree]) -> list[Tree]:
    """Return a AND b AND c, which the parser nests, as three parts side by side."""
    parts, waiting = [], list(reversed(args))
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and part.get("op") == operator and _call(part)[1]:
            waiting.extend(reversed(part["args"]))
        else:
            parts.append(part)
        if len(parts) > MOST_PARTS:
            raise BadRequest(f"The filter has more than {MOST_PARTS} conditions.")
    return parts


def _names(tree: Tree) -> str | None:
    if isinstance(tree, dict) and isinstance(tree.get("property"), str):
        return str(tree["property"])
    return None


def _finite(value: Tree) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"{shown(str(value))} is no finite number.")
    return value


def _literal(queryable: Queryable, value: Tree) -> Any:
    """Return a value of a filter as SQL knows it. Raises BadRequest where the type is another."""
    match queryable.type, value:
        case "text", str() if "\0" not in value:
            return value
        case (("integer" | "number"), bool()):
            pass
        case (("integer" | "number"), (int() | float())):
            return _whole(_finite(value))
        case "boolean", bool():
            return value
        case "date", {"date": str(text)}:
            return day_of(text).isoformat()
        case "datetime", {"timestamp": str(text)}:
            return instant_of(text)
    raise BadRequest(f"{shown(queryable.name)} is compared with {_KINDS[queryable.type]}.")


_KINDS = {
    "text": "a text ('…')",
    "integer": "a number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date (DATE('2026-04-01'))",
    "datetime": "an instant (TIMESTAMP('2026-04-01T00:00:00Z'))",
}


def _from_text(queryable: Queryable, text: str) -> Any:
    """Return a query parameter's value as SQL knows it. Raises BadRequest."""
    match queryable.type:
        case "integer" | "number":
            return _whole(number_of(queryable.name, text))
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case "boolean":
            raise BadRequest(f"{shown(queryable.name)} is true or false, not {shown(text)}.")
        case "date":
            return day_of(text).isoformat()
        case "datetime":
            return instant_of(text)
    return text


def _whole(number: float) -> float:
    """Return a whole number as one, so that the index of whole numbers serves."""
    whole = float(number).is_integer() and abs(number) < _BIGGEST
    return int(number) if whole else float(number)


def _refuse_open_escape(pattern: Tree) -> None:
    if isinstance(pattern, str) and (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        raise BadRequest("A LIKE pattern ends with its escape sign; nothing is left to escape.")
