"""What is known of a list beforehand: its key, its fields, whose it is.

A later app registers a profile of its own (``register``), and the one that recognises a file best
reads it; ``generic`` takes anything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from importers.headers import Role, columns_by_role, is_code, normalised
from importers.ksj import data_set, field_number
from importers.problems import FileRefused
from importers.table import Column, Table

Kind = Literal[
    "public_facility",
    "emergency_site",
    "shelter",
    "welfare",
    "medical",
    "childcare",
    "school",
    "heritage",
    "hazard",
    "planning",
]
Rule = Literal["designation"]
"""How a column's values are to be read; ``designation``: see ``flags.flag``."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A known layout.

    ``markers`` are alternative sets of headers, compared by ``headers.normalised``: one set must
    be there in full, and the profile with the longest such set wins. ``keys`` are headers that
    identify a row, best first; with ``key_binding`` a blank or repeated one is an error, without
    it such a column is passed over. ``fields`` gives a role to a header where the common aliases
    would not. Titles and attribution are defaults for a new layer, by language.
    """

    name: str
    title: dict[str, str]
    kind: Kind | None
    markers: tuple[tuple[str, ...], ...] = ((),)
    keys: tuple[str, ...] = ()
    key_binding: bool = False
    fields: dict[str, Role] = field(default_factory=dict)
    field_titles: dict[str, str] = field(default_factory=dict)
    value_rules: dict[str, Rule] = field(default_factory=dict)
    attribution: str = ""
    licence: str = ""

    def recognises(self, headers: Sequence[str]) -> float:
        """Return 0 if no set of markers is there, else the more the longer the set is."""
        present = {normalised(header) for header in headers}
        sizes = [
            0.1 + len(markers)
            for markers in self.markers
            if all(normalised(marker) in present for marker in markers)
        ]
        return max(sizes, default=0.0)

    def key_columns(self, headers: Sequence[str]) -> list[str]:
        """Return the headers of the file that may serve as key, best first."""
        by_form = {normalised(header): header for header in reversed(headers)}
        return [by_form[form] for key in self.keys if (form := normalised(key)) in by_form]

    def roles(self, table: Table) -> dict[Role, str]:
        """Return which column of a table plays which part; a name may be found by its look."""
        roles = self.known_roles(table)
        if "name" not in roles and not self.keys and (likely := likely_name(table)):
            roles["name"] = likely
        return roles

    def known_roles(self, table: Table) -> dict[Role, str]:
        """Return which column plays which part as headers, labels and profile say it."""
        headers = [column.name for column in table.columns]
        titles = [column.title for column in table.columns]
        labelled = [column.name for column in table.columns if column.label]
        roles = columns_by_role(headers, titles, labelled)
        if coded := data_set(table.display_name, headers):
            numbers = {field_number(header): header for header in headers}
            for part, number in (("name", coded[1].name), ("address", coded[1].address)):
                if number is not None and number in numbers:
                    roles["name" if part == "name" else "address"] = numbers[number]
        wanted = {normalised(header): role for header, role in self.fields.items()}
        for header in headers:
            if role := wanted.get(normalised(header)):
                roles[role] = header
        return roles

    def columns(self, table: Table) -> tuple[Column, ...]:
        """Return the table's columns with the titles this profile knows."""
        titles = {normalised(header): title for header, title in self.field_titles.items()}
        headers = [column.name for column in table.columns]
        coded = data_set(table.display_name, headers)

        def title(column: Column) -> str:
            number = field_number(column.name)
            if column.title == column.name and coded and number in coded[1].titles:
                return coded[1].titles[number]
            return titles.get(normalised(column.name), column.title)

        return tuple(Column(c.name, c.type, title(c), c.label) for c in table.columns)


# A name tells rows apart, is there, and is short; an address, a code or a link is none.
_FILLED, _DISTINCT, _SHORT = 0.9, 0.8, 30
_NO_NAME = re.compile(r"住所|所在|番地|丁目|備考|説明|address|tel|電話|url|日|時|面積|延長")


def likely_name(table: Table) -> str | None:
    """Return the first column that looks like the rows' names where no header says so, or None."""
    taken = set(columns_by_role([column.name for column in table.columns]).values())
    for column in table.columns:
        if column.type != "text" or column.name in taken or is_code(column.title):
            continue
        whole = table.values[column.name].as_text().to_pylist()
        values = [value for value in whole if value]
        enough = len(values) >= max(2, _FILLED * len(table))
        if enough and not _NO_NAME.search(normalised(column.title)) and _are_names(values):
            return column.name
    return None


def _are_names(values: list[str]) -> bool:
    lengths = sorted(len(value) for value in values)
    words = sum(1 for value in values if re.search(r"[^\W\d_]{2}", value))
    links = any(re.match(r"https?:|www\.", value) for value in values)
    return (
        not links
        and len(set(values)) >= _DISTINCT * len(values)
        and lengths[len(lengths) // 2] <= _SHORT
        and words >= _DISTINCT * len(values)
    )


# -- the registry -----------------------------------------------------------------------------

PROFILES: dict[str, Profile] = {}


def register(profile: Profile) -> None:
    """Make a profile known. A second one of the same name replaces the first."""
    PROFILES[profile.name] = profile


def profile_for(table: Table, name: str | None = None) -> Profile:
    """Return the profile asked for, else the one that recognises the table best.

    Raises FileRefused for a name that is not registered.
    """
    if name is not None:
        if name not in PROFILES:
            raise FileRefused("profile_unknown", {"name": name, "known": sorted(PROFILES)})
        return PROFILES[name]
    headers = [column.name for column in table.columns]
    return max(PROFILES.values(), key=lambda profile: profile.recognises(headers))


HAZARDS = (
    "洪水",
    "崖崩れ、土石流及び地滑り",
    "高潮",
    "地震",
    "津波",
    "大規模な火事",
    "内水氾濫",
    "火山現象",
)
"""The eight kinds of disaster an emergency site is designated for (災害対策基本法施行令20条の3)."""

_GSI_LICENCE = "国土地理院コンテンツ利用規約"

register(
    # Knows nothing of the list: title and kind are left to the file and its geometry.
    Profile("generic", title={}, kind=None)
)
register(
    Profile(
        "gsi_emergency",
        {
            "ja": "指定緊急避難場所",
            "ja-easy": "あぶない ときに にげる ばしょ",
            "en": "Designated emergency evacuation sites",
        },
        "emergency_site",
        markers=(("共通ID", "施設・場所名", *HAZARDS),),
        keys=("共通ID",),
        key_binding=True,
        value_rules=dict.fromkeys((*HAZARDS, "指定避難所との住所同一"), "designation"),
        attribution="国土地理院 指定緊急避難場所データを加工して作成",
        licence=_GSI_LICENCE,
    )
)
register(
    Profile(
        "gsi_evacuation",
        {"ja": "指定避難所", "ja-easy": "ひなんじょ", "en": "Designated shelters"},
        "shelter",
        markers=(("共通ID", "施設・場所名", "指定緊急避難場所との住所同一"),),
        keys=("共通ID",),
        key_binding=True,
        value_rules={"指定緊急避難場所との住所同一": "designation"},
        attribution="国土地理院 指定避難所データを加工して作成",
        licence=_GSI_LICENCE,
    )
)

# 自治体標準オープンデータセット and its forerunner 推奨データセット share names, not positions.
# ID is often blank in practice and NO may be a running number, so a key column that fails is
# passed over.
_ADDRESSES = ("住所", "所在地_連結表記", "所在地_連結標記")


def _standard(
    name: str, title: tuple[str, str, str], kind: Kind, markers: tuple[tuple[str, ...], ...]
) -> None:
    register(
        Profile(
            name,
            dict(zip(("ja", "ja-easy", "en"), title, strict=True)),
            kind,
            markers=markers,
            keys=("ID", "NO"),
            value_rules=dict.fromkeys(
                (*(f"災害種別_{hazard}" for hazard in HAZARDS), "指定避難所との重複"),
                "designation",
            ),
        )
    )


def _with_address(*markers: str) -> tuple[tuple[str, ...], ...]:
    return tuple((*markers, address) for address in _ADDRESSES)


_standard(
    "standard",
    ("公共施設", "みんなの しせつ", "Public facilities"),
    "public_facility",
    (
        ("全国地方公共団体コード", "所在地_連結表記"),
        ("都道府県コード又は市区町村コード", "NO"),
        ("市区町村コード", "都道府県名", "NO"),
        ("名称", "所在地_連結表記"),
    ),
)
_standard(
    "standard_emergency",
    ("指定緊急避難場所", "あぶない ときに にげる ばしょ", "Designated emergency evacuation sites"),
    "emergency_site",
    (tuple(f"災害種別_{hazard}" for hazard in HAZARDS),),
)
_standard(
    "standard_heritage",
    ("文化財", "むかしから ある たいせつな もの", "Cultural property"),
    "heritage",
    _with_address("文化財分類", "名称", "文化財指定日"),
)
_standard(
    "standard_medical",
    ("医療機関", "びょういん", "Medical care"),
    "medical",
    _with_address("診療科目", "医療機関の種類", "名称"),
)
_standard(
    "standard_childcare",
    ("子育て施設", "こどもの しせつ", "Childcare"),
    "childcare",
    _with_address("受入年齢", "一時預かりの有無", "名称"),
)
_standard(
    "standard_welfare",
    ("介護サービス事業所", "かいごの しせつ", "Care services"),
    "welfare",
    _with_address("介護サービス事業所名称", "実施サービス", "事業所番号"),
)
