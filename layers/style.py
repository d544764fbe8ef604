"""How a layer is drawn: by its kind, or by classes of one of its columns.

A layer's ``style`` is empty, or names a column and its classes::

    {"field": "rank",
     "classes": [{"value": "3", "title": {"ja": "0.5 m 未満"}, "colour": "#f7f5a9"}]}
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _

from layers.models import Layer

_colour = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z")


def legend(layer: Layer) -> dict[str, Any]:
    """Return the legend of a layer: its kind, and its classes where it is drawn by a column."""
    entry: dict[str, Any] = {
        "title": _texts(layer.title, layer.slug),
        "kind": layer.kind,
        "geometry_type": layer.geometry_type,
    }
    if layer.style.get("field"):
        entry["field"] = layer.style["field"]
        entry["classes"] = [
            {**one, "title": _texts(one.get("title", {}), one["value"])}
            for one in layer.style.get("classes", [])
        ]
    return entry


def _texts(texts: dict[str, str], otherwise: str) -> dict[str, str]:
    """Return texts by language, the first language's always there."""
    return {settings.LANGUAGE_CODE: otherwise, **texts}


def check(style: Any) -> None:
    """Raise ValidationError, saying what is wrong, where a style is not as this module says."""
    if not isinstance(style, dict):
        raise ValidationError(_("A style is an object with “field” and “classes”, or empty."))
    if not style:
        return
    if set(style) - {"field", "classes"} or not isinstance(style.get("field"), str):
        raise ValidationError(_("A style names one column in “field”, and its “classes”."))
    classes = style.get("classes", [])
    if not isinstance(classes, list):
        raise ValidationError(_("“classes” is a list."))
    for one in classes:
        known = isinstance(one, dict) and not set(one) - {"value", "title", "colour"}
        if not known or not isinstance(one.get("value"), str):
            raise ValidationError(
                _("Each class has “value” (a text), “title” (by language) and “colour”.")
            )
        try:
            _colour(one.get("colour"))
        except ValidationError as error:
            raise ValidationError(
                _("“colour” of class %(value)s is not like #f7f5a9.") % {"value": one["value"]}
            ) from error
