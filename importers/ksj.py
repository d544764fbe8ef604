"""国土数値情報: what the coded fields of its data sets mean (P20_002 → 名称).

The same code means different things in different editions, so the table is chosen by the file's
name (P29-13, P29-21). Source: specs/open-data-formats.md, "Attribute codes by dataset and edition".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataSet:
    """Titles of a data set's fields by number, and which of them are the name and the address."""

    titles: dict[int, str]
    name: int | None = None
    address: int | None = None


def _set(titles: str, name: int | None = None, address: int | None = None) -> DataSet:
    return DataSet(dict(enumerate(titles.split(), start=1)), name, address)


# Data set → edition year from which the layout holds (two digits, 0: always) → layout.
_SETS: dict[str, dict[int, DataSet]] = {
    "P20": {
        0: _set(
            "行政区域コード 名称 住所 施設の種類 収容人数 施設規模 "
            "地震災害 津波災害 水害 火山災害 その他 指定なし",
            2,
            3,
        )
    },
    "P04": {
        0: _set(
            "医療機関分類 施設名称 所在地 診療科目1 診療科目2 診療科目3 "
            "開設者分類 病床数 救急告示病院 災害拠点病院",
            2,
            3,
        )
    },
    "P14": {
        0: _set(
            "都道府県名 市区町村名 所在地 公共施設大分類 公共施設小分類 "
            "福祉施設細分類 名称 管理者 定員 原典 主題属性資料",
            7,
            3,
        ),
        21: _set(
            "都道府県名 市区町村名 行政区域コード 所在地 福祉施設大分類 "
            "福祉施設中分類 福祉施設小分類 名称 管理者 位置正確度",
            8,
            4,
        ),
    },
    "P29": {
        0: _set("行政区域コード 公共施設大分類 公共施設小分類 学校分類 名称 所在地 管理者", 5, 6),
        21: _set("行政区域コード 学校コード 学校分類 名称 所在地 管理者 休校区分", 4, 5),
    },
    "P27": {
        0: _set(
            "行政区域コード 公共施設大分類 公共施設小分類 文化施設分類 名称 "
            "所在地 管理者 階数 建築年",
            5,
            6,
        )
    },
    "P05": {0: _set("行政区域コード 施設分類 名称 所在地", 3, 4)},
    "P34": {0: _set("行政区域コード 施設分類 名称 所在地", 3, 4)},
    "P32": {
        0: _set(
            "文化財ID 都道府県名 行政コード 種別大区分 種別小区分 名称 "
            "所在地 指定年月日 代表点区分",
            6,
            7,
        )
    },
    "N02": {0: _set("鉄道区分 事業者種別 路線名 運営会社 駅名", 5)},
    "N03": {
        0: DataSet(
            {1: "都道府県名", 2: "支庁・振興局", 3: "郡・政令市", 4: "市区町村名", 7: "コード"}, 4
        ),
        24: DataSet({1: "都道府県名", 3: "郡", 4: "市区町村名", 5: "政令市の区", 7: "コード"}, 4),
    },
    "A29": {
        0: _set("行政区域コード 都道府県名 市区町村名 用途地域分類 用途地域 建蔽率 容積率 備考", 5)
    },
    "A33": {
        0: _set(
            "現象の種類 区域区分 都道府県コード 区域番号 区域名 所在地 告示日 特別警戒未指定フラグ",
            5,
            6,
        )
    },
}
_FIELD = re.compile(r"([A-Z]\d{2})[a-z]?_(\d{3})")
_EDITION = re.compile(r"([A-Z]\d{2})[a-z]?-(\d{2})(?:\d{4})?(?:_|\b)")


def data_set(file_name: str, headers: Sequence[str]) -> tuple[str, DataSet] | None:
    """Return the data set (``P29``) and its layout, or None for a file of another kind.

    Without an edition in the file's name the newest layout whose fields are all there is taken.
    """
    found = [match for header in headers if (match := _FIELD.fullmatch(header))]
    codes = {match.group(1) for match in found}
    if len(codes) != 1 or (code := codes.pop()) not in _SETS:
        return None
    editions = _SETS[code]
    named = _EDITION.search(file_name)
    if named and named.group(1) == code:
        return code, editions[max(year for year in editions if year <= int(named.group(2)))]
    numbers = {int(match.group(2)) for match in found}
    for year in sorted(editions, reverse=True):
        if set(editions[year].titles) == numbers:
            return code, editions[year]
    return (code, editions[0]) if len(editions) == 1 else None


def field_number(header: str) -> int | None:
    """Return a coded field's number (P29_004 → 4), or None."""
    match = _FIELD.fullmatch(header)
    return int(match.group(2)) if match else None
