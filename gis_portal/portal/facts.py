"""What a feature's page says about it: the source's columns as facts, hazards as designations."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from importers.flags import flag
from layers.geojson import subtitle, summary
from layers.models import Feature, Layer
from layers.texts import text_in

SHOWN_ELSEWHERE = frozenset(
    {
        *("ID", "NO", "共通ID"),
        *("名称", "名称_カナ", "名称_英字", "施設・場所名", "説明"),
        *("都道府県名及び市町村名", "所在地_連結表記", "住所"),
        *("緯度", "経度", "位置の精度"),
        *("電話番号", "電話", "TEL", "内線番号"),
        *("出典", "出典の更新日", "ライセンス"),
    }
)
"""Columns that the page shows elsewhere (names of 自治体標準オープンデータセット and of GSI)."""

HOUSEKEEPING = frozenset(
    {"OBJECTID", "FID", "SHAPE", "SHAPE_LENG", "SHAPE_LE_1", "SHAPE_LENGTH", "SHAPE_AREA"}
)
"""Columns that GIS programs keep for themselves; they say nothing of the place."""

TELEPHONES = ("電話番号", "電話", "TEL")
FLAG_SUFFIXES = ("との重複", "との住所同一", "の有無")
"""Columns that say yes with a 1 and no with a blank, whatever type their cells suggest."""

DESIGNATION_PREFIX = "災害種別_"

HAZARDS = {
    "洪水": gettext_lazy("Flood"),
    "崖崩れ、土石流及び地滑り": gettext_lazy("Landslide or debris flow"),
    "高潮": gettext_lazy("Storm surge"),
    "地震": gettext_lazy("Earthquake"),
    "津波": gettext_lazy("Tsunami"),
    "大規模な火事": gettext_lazy("Large fire"),
    "内水氾濫": gettext_lazy("Flooding from drains and small streams"),
    "火山現象": gettext_lazy("Volcanic activity"),
}
"""The eight kinds of disaster an emergency site is designated for (災害対策基本法施行令20条の3)."""


@dataclass(frozen=True)
class Fact:
    """One row of the table. ``url`` where the value is an address to follow."""

    title: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Designation:
    """Whether a site is designated for a kind of disaster: "yes", "no" or "unknown"."""

    hazard: str
    state: str


@dataclass(frozen=True)
class Source:
    """Where the facts are from, as it must be shown; without a date where the source has none."""

    attribution: str
    licence: str
    date: date | None


def facts(feature: Feature, language: str) -> list[Fact]:
    """Return the rows of the facts table in the schema's order; blank ones are left out."""
    found = []
    headline = subtitle(feature.properties)
    for field in feature.layer.schema:
        name = field["name"]
        if name in SHOWN_ELSEWHERE or name.upper() in HOUSEKEEPING or _hazard(name) is not None:
            continue
        value = _value_of(feature, field)
        if value and value != headline:
            url = value if value.startswith(("http://", "https://")) else ""
            found.append(Fact(field_title(field, language), value, url))
    return found


def public_facts(feature: Feature, language: str) -> dict[str, Any]:
    """Return what a feature's page says of it, as plain JSON: the panel that is baked with it."""
    said, emergency = source(feature), feature.layer.kind == Layer.Kind.EMERGENCY_SITE
    return {
        **summary(feature, language),
        "telephones": telephones(feature),
        "description": description(feature),
        "facts": [asdict(fact) for fact in facts(feature, language)],
        "designations": [asdict(one) for one in designations(feature)] if emergency else [],
        "precision": precision(feature),
        "source": {**asdict(said), "date": said.date and said.date.isoformat()},
        "updated_at": feature.updated_at.isoformat(),
    }


def _value_of(feature: Feature, field: Mapping[str, Any]) -> str:
    """Return what a place says in a column: several values in one line, a code by its meaning."""
    name = field["name"]
    kind = "boolean" if name.endswith(FLAG_SUFFIXES) else field.get("type", "text")
    given, meanings = feature.properties.get(name), field.get("codes", {})
    cells = given if isinstance(given, list) else [given]
    words = [meanings.get(str(cell)) or _words(cell, kind) for cell in cells]
    numeric = isinstance(given, int | float) and not isinstance(given, bool)
    return _(", ").join(filter(None, words)) + (field.get("unit", "") if numeric else "")


def field_title(field: Mapping[str, Any], language: str) -> str:
    """Return a field's title; titles by language and plain ones both occur."""
    title = field.get("title") or field["name"]
    return text_in(title, language) or field["name"] if isinstance(title, Mapping) else str(title)


def designations(feature: Feature) -> list[Designation]:
    """Return the eight designations of an emergency site. A hazard without a column is unknown.

    In the source a blank means: not designated. What can't be read as yes or no is unknown, too.
    """
    values = {_hazard(name): value for name, value in feature.properties.items()}
    return [
        Designation(str(title), _state(values[hazard]) if hazard in values else "unknown")
        for hazard, title in HAZARDS.items()
    ]


def telephones(feature: Feature) -> list[str]:
    """Return the telephone numbers of a feature, in the source's order."""
    given: Any = next((v for name in TELEPHONES if (v := feature.properties.get(name))), [])
    return [str(number) for number in (given if isinstance(given, list) else [given])]


def description(feature: Feature) -> str:
    """Return what the source says about the place in a sentence."""
    return str(feature.properties.get("説明") or "")


def precision(feature: Feature) -> str:
    """Return what the source says of its coordinates' precision; empty where it says nothing."""
    return str(feature.properties.get("位置の精度") or "")


def source(feature: Feature) -> Source:
    """Return the source of a feature: its row's own where it names one, else the layer's."""
    layer, row = feature.layer, feature.properties
    if not row.get("出典"):
        return Source(layer.attribution, layer.licence, layer.source_date)
    return Source(
        attribution=str(row["出典"]),
        licence=str(row.get("ライセンス") or layer.licence),
        date=parse_date(str(row.get("出典の更新日") or "")),
    )


def _hazard(column: str) -> str | None:
    name = column.removeprefix(DESIGNATION_PREFIX)
    return name if name in HAZARDS else None


def _state(value: Any) -> str:
    return {True: "yes", False: "no", None: "unknown"}[flag(value)]


def _words(value: Any, kind: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if kind == "boolean":
        state = _state(value)
        return str(value) if state == "unknown" else _("Yes") if state == "yes" else _("No")
    if kind == "date":
        return _day(str(value))
    if isinstance(value, int | float):
        return number_format(value)
    return str(value).strip()


def _day(text: str) -> str:
    """Return a date as people write it, as exact as it is given: 1957-07-01, 1957-07 or 1957."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            return date_format(date.fromisoformat(f"{text}-01"), "YEAR_MONTH_FORMAT")
        day = parse_date(text)
    except ValueError:
        return text
    return date_format(day) if day else text
