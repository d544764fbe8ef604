"""How a data set of 国土数値情報 is written down: a profile for each of its layouts.

``ksj`` and ``ksj_areas`` hold the sets. KSJ is not one licence: where none is stated in
specs/open-data-formats.md ("Licences"), none is claimed, and the person is told to look it up.
"""

from dataclasses import dataclass, field

from importers.headers import Role
from importers.profiles.ksj_codes import Codes
from importers.profiles.layouts import Edition, Layout
from importers.profiles.profile import Kind, Notice, Profile
from importers.profiles.registry import register, titled
from importers.values import Rule

TERMS = "国土数値情報ダウンロードサイトコンテンツ利用規約"
CC_BY = "CC BY 4.0"
FREE: tuple[Notice, ...] = ()
CONDITIONS: tuple[Notice, ...] = ("licence_conditions",)
UNKNOWN: tuple[Notice, ...] = ("licence_unknown",)
NON_COMMERCIAL: tuple[Notice, ...] = ("licence_non_commercial",)

# What a column's title stands for: its rule, what the sets write for "no value", its role.
_RULES: dict[str, Rule] = {
    **dict.fromkeys(("収容人数", "施設規模", "定員", "病床数", "階数", "建築年"), "number"),
    **dict.fromkeys(("建蔽率", "容積率", "人口", "面積", "前回人口", "前回面積"), "number"),
    **dict.fromkeys(("指定年月日", "告示日"), "date"),
    **dict.fromkeys(("地震災害", "津波災害", "水害", "火山災害", "その他災害"), "flag"),
}
_MISSING = {
    **dict.fromkeys(("建蔽率", "容積率"), ("9999",)),
    **dict.fromkeys(("前回人口", "前回面積", "収容人数", "施設規模"), ("-99999", "9999")),
    **dict.fromkeys(("階数", "建築年"), ("-99999", "9999", "99")),
}
_ROLES: dict[str, Role] = {
    **dict.fromkeys(("名称", "施設名称", "駅名", "区域名", "バス停名", "市区町村名"), "name"),
    **dict.fromkeys(("所在地", "住所"), "address"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One layout of a data set: the years it holds for and the titles of its columns, in order.

    ``titles`` are parted by blanks and count from ``first``: ``-`` for a number that is not used,
    ``?`` for a column whose meaning is not known. ``codes`` are by column number, ``key`` is the
    number of an identifying column.
    """

    years: tuple[int, int]
    titles: str
    codes: dict[int, Codes] = field(default_factory=dict)
    key: int | None = None
    notices: tuple[Notice, ...] = UNKNOWN
    licence: str = ""
    first: int = 1
    suffix: str = ""
    title: tuple[str, str, str] | None = None

    def numbered(self) -> dict[int, str]:
        """Return the titles by column number, "?" where the meaning is not known."""
        words = enumerate(self.titles.split(), start=self.first)
        return {number: title for number, title in words if title != "-"}


def register_set(
    code: str, data: str, title: tuple[str, str, str], kind: Kind, *variants: Variant
) -> None:
    """Make a data set known: a profile a variant, and one for the set in no known edition.

    ``data`` is the set's name in its attribution.
    """
    editions = tuple(Edition(frozenset(v.numbered()), v.years) for v in variants)
    base = f"ksj_{code.casefold()}"
    attribution = f"「国土数値情報（{data}）」（国土交通省）を加工して作成"
    names = tuple(base + variant.suffix for variant in variants)
    for which, (name, variant) in enumerate(zip(names, variants, strict=True)):
        columns = {f"{code}_{n:03d}": text for n, text in variant.numbered().items() if text != "?"}
        register(
            Profile(
                name,
                titled(*(variant.title or title)),
                kind,
                keys=(f"{code}_{variant.key:03d}",) if variant.key else (),
                fields={c: _ROLES[text] for c, text in columns.items() if text in _ROLES},
                field_titles=columns,
                value_rules={c: _RULES[text] for c, text in columns.items() if text in _RULES},
                attribution=attribution,
                licence=variant.licence,
                codes={f"{code}_{n:03d}": labels for n, labels in variant.codes.items()},
                missing={c: _MISSING[text] for c, text in columns.items() if text in _MISSING},
                notices=variant.notices,
                layout=Layout(code, editions, which),
            )
        )
    if base not in names:
        shared = {variant.notices for variant in variants}
        register(
            Profile(
                base,
                titled(*title),
                kind,
                attribution=attribution,
                notices=("edition_unknown", *(shared.pop() if len(shared) == 1 else UNKNOWN)),
                layout=Layout(code, editions, None),
                alternatives=names,
            )
        )


register(
    # A data set that is not written down, or one whose columns are none of those known.
    Profile(
        "ksj",
        {},
        None,
        attribution="「国土数値情報」（国土交通省）を加工して作成",
        notices=UNKNOWN,
        layout=Layout("", (), None),
    )
)
