"""The sheets of the government's two standards: what they are called, and what tells them apart.

Both generations (推奨データセット, 自治体標準オープンデータセット) have most of the sheets, with
the same columns of their own; they differ in the columns that every sheet shares. So a sheet is
known by its own columns and its generation by the shared ones, whatever a city adds or leaves out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from importers.headers import Role
from importers.profiles.columns import HAZARDS, RULES
from importers.profiles.profile import Kind, Profile, Target
from importers.profiles.registry import register, titled

Marks = tuple[tuple[str, ...], ...]
"""Alternative sets of headers."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its title (ja, ja-easy, en), the kind of its layer, and its own columns."""

    title: tuple[str, str, str]
    kind: Kind
    own: Marks
    target: Target = "layer"


_HAZARD_COLUMNS = tuple(f"災害種別_{hazard}" for hazard in HAZARDS)

SHEETS: dict[str, Sheet] = {
    "facility": Sheet(
        ("公共施設", "みんなの しせつ", "Public facilities"),
        "public_facility",
        (("POIコード", "名称_通称"),),
    ),
    "heritage": Sheet(
        ("文化財", "むかしから ある たいせつな もの", "Cultural property"),
        "heritage",
        (("文化財分類", "文化財指定日"), ("文化財分類", "員数（数）")),
    ),
    "emergency": Sheet(
        (
            "指定緊急避難場所",
            "あぶない ときに にげる ばしょ",
            "Designated emergency evacuation sites",
        ),
        "emergency_site",
        (
            _HAZARD_COLUMNS,
            # A city without coast or volcano leaves columns out.
            ("災害種別_洪水", "災害種別_地震", "災害種別_大規模な火事"),
        ),
    ),
    "population": Sheet(
        ("地域・年齢別人口", "すんでいる ひとの かず", "Population by district and age"),
        "planning",
        (("地域名", "総人口", "男性", "女性"), ("地域コード", "総人口", "男性", "女性")),
        target="nothing",
    ),
    "childcare": Sheet(
        ("子育て施設", "こどもの しせつ", "Childcare"),
        "childcare",
        (("受入年齢", "一時預かりの有無"), ("認可等年月日", "収容定員")),
    ),
    "catalogue": Sheet(
        ("オープンデータ一覧", "データの いちらん", "List of open data"),
        "planning",
        (("データ名称", "データ形式"), ("データセット_タイトル", "ファイル_タイトル")),
        target="nothing",
    ),
    "wifi": Sheet(
        ("公衆無線LAN", "むりょうの Wi-Fi", "Public wireless LAN"),
        "public_facility",
        (("SSID", "提供エリア"),),
    ),
    "aed": Sheet(
        ("AED設置箇所", "AEDの ある ばしょ", "AED locations"),
        "public_facility",
        (("設置位置", "小児対応設備の有無"),),
    ),
    "welfare": Sheet(
        ("介護サービス事業所", "かいごの しせつ", "Care services"),
        "welfare",
        (("介護サービス事業所名称", "実施サービス"), ("介護サービス事業所名称", "事業所番号")),
    ),
    "medical": Sheet(
        ("医療機関", "びょういん", "Medical care"),
        "medical",
        (("医療機関の種類", "診療科目"), ("診療科目", "診療曜日"), ("診療科目", "病床数")),
    ),
    "tourism": Sheet(
        ("観光施設", "かんこうの しせつ", "Tourist attractions"),
        "public_facility",
        (("POIコード", "料金(基本)", "アクセス方法"), ("POIコード", "料金(基本)", "説明_英語")),
    ),
    "event": Sheet(
        ("イベント", "イベント", "Events"),
        "public_facility",
        (("イベント名", "開始日", "終了日"), ("イベント名", "開始日", "場所名称")),
    ),
    "toilet": Sheet(
        ("公衆トイレ", "みんなの トイレ", "Public toilets"),
        "public_facility",
        (("男性トイレ総数", "女性トイレ総数"),),
    ),
    "fire_water": Sheet(
        ("消防水利施設", "火を けす みずの ある ばしょ", "Water for fire fighting"),
        "public_facility",
        (("種別", "口径"),),
    ),
    "food": Sheet(
        ("食品等営業許可", "たべものの みせ", "Licensed food businesses"),
        "public_facility",
        (("営業の種類", "許可番号"),),
    ),
}

_FIELDS: dict[str, dict[str, Role]] = {
    "food": {"施設名称": "name", "営業施設名称、屋号又は商号": "name", "営業施設所在地": "address"},
}
"""Where a sheet's columns play a part that the common aliases would not find."""


def register_generation(
    prefix: str, sheets: Iterable[str], shared: tuple[str, ...], *, lenient: bool = False
) -> None:
    """Make the sheets of a generation known as ``<prefix>_<sheet>``.

    ``shared`` are columns of which one must stand beside a sheet's own; ``lenient``: none need.
    """
    for name in sheets:
        sheet = SHEETS[name]
        with_shared = tuple((*own, mark) for own in sheet.own for mark in shared)
        register(
            Profile(
                f"{prefix}_{name}",
                titled(*sheet.title),
                sheet.kind,
                markers=with_shared + (sheet.own if lenient else ()),
                keys=("ID", "NO"),
                fields=_FIELDS.get(name, {}),
                value_rules=RULES,
                target=sheet.target,
            )
        )


def register_common(prefix: str, markers: Marks) -> None:
    """Make a generation's shared columns known: a list for which there is no sheet.

    Schools, polling stations, wells, parks: the layer takes its title from the file.
    """
    register(Profile(prefix, {}, "public_facility", markers, keys=("ID", "NO"), value_rules=RULES))
