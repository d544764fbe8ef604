"""What the templates of the importers' screens ask for."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from importers.models import Import

register = template.Library()
State = Import.State

_SHAPES = {
    "wait": "M10 4v6l4 3",
    "ask": "M7.5 8a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.7v.1",
    "open": "",
    "yes": "M6 10.5l3 3 5.5-7",
    "no": "M7 7l6 6M13 7l-6 6",
    "alarm": "M10 5.5v6M10 14.5v.1",
    "gone": "M6.5 10h7",
}
_SHAPE_OF = {
    State.RECEIVED: "wait",
    State.READING: "wait",
    State.APPLYING: "wait",
    State.QUESTION: "ask",
    State.READY: "open",
    State.APPLIED: "yes",
    State.REFUSED: "no",
    State.FAILED: "alarm",
    State.DROPPED: "gone",
}


@register.simple_tag
def state_mark(act: Import) -> SafeString:
    """Return an import's state as a word with a shape and (by its class) a colour."""
    shape = _SHAPE_OF[State(act.state)]
    return format_html(
        '<span class="state state-{}"><svg viewBox="0 0 20 20" aria-hidden="true">'
        '<circle cx="10" cy="10" r="8.5"/><path d="{}"/></svg>{}</span>',
        shape,
        _SHAPES[shape],
        act.get_state_display(),
    )


@register.inclusion_tag("importers/_steps.html")
def steps(step: str, act: Import | None = None) -> dict[str, Any]:
    """Return the five steps of an import on one line; those that can be gone back to are links."""
    names = {
        "file": _("File"),
        "contents": _("Contents"),
        "columns": _("Columns"),
        "check": _("Check"),
        "write": _("Write"),
    }
    order = list(names)
    now = order.index(step) if step in order else len(order)
    return {
        "steps": [
            {
                "number": number + 1,
                "words": words,
                "state": "done" if number < now else "now" if number == now else "to-come",
                "url": "" if number == now else _address(name, act),
            }
            for number, (name, words) in enumerate(names.items())
        ]
    }


def _address(name: str, act: Import | None) -> str:
    if act is None:
        return ""
    pages = {
        "contents": ("import_reading", (State.QUESTION, State.REFUSED, State.READY)),
        "columns": ("import_columns", (State.READY,)),
        "check": ("import_check", (State.READY,)),
    }
    if name in pages and act.state in pages[name][1]:
        return reverse(pages[name][0], args=[act.pk])
    return ""


@register.filter
def number(value: Any) -> str:
    """Return a number with its thousands parted."""
    return f"{value:,}" if isinstance(value, int | float) else str(value or 0)


@register.filter
def told_cells(change: Any) -> list[Any]:
    """Return what differs in a row, but for the place of what moves: that is told in metres."""
    moved = change.moved_m is not None
    return [cell for cell in change.cells if not (moved and cell.column == "@geometry")]


@register.filter
def cell(value: Any) -> SafeString | str:
    """Return a cell's value for people: what is blank says so, a list is a line."""
    if value is None or value == "":
        return format_html('<span class="blank">{}</span>', _("blank"))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)


@register.filter
def metres(value: float | None) -> str:
    """Return a length as people say it: to the decimetre below ten metres, then m, then km."""
    if value is None:
        return ""
    if value < 10:
        return f"{value:.1f} m"
    return f"{value:,.0f} m" if value < 10_000 else f"{value / 1000:,.0f} km"


@register.filter
def megabytes(value: int) -> str:
    """Return a file's size as people say it."""
    if value < 100_000:
        return f"{max(value / 1000, 0.1):,.1f} kB"
    return f"{value / 1_000_000:,.1f} MB"


@register.simple_tag
def target_title(act: Import, layer: Any) -> str:
    """Return the title of the layer that an import goes into, made or not made yet."""
    language = get_language() or ""
    if layer is not None:
        title: str = layer.title_in(language)
        return title
    titles = act.new_layer.get("title") or {}
    return titles.get(language) or next(iter(titles.values()), act.slug)
