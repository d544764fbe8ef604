"""Column headers, read with the tolerance that real files need.

The same column is written 料金（基本） and 料金(基本), 所在地_連結標記 for 所在地_連結表記,
コ―ド with U+2015 for the long-vowel sign, 名称（必須）, 緝度 for 緯度, or with an invisible space
at its end; the list is in specs/import.md. Columns are matched by name, never by position.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

Role = Literal[
    "name",
    "name_kana",
    "name_en",
    "address",
    "building",
    "prefecture",
    "municipality",
    "id",
    "lat",
    "lon",
    "x",
    "y",
]

_DASHES = re.compile("(?<=[ァ-ヺー])[‐-―−－—–─━]|[‐-―−－—–─━](?=[ァ-ヺ])")
_REQUIRED = re.compile(r"[(\[【〔<《]?(必須|任意|required|optional)[)\]】〕>》]?[*※]?|[*※]+$")
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")


def normalised(header: str) -> str:
    """Return a header in the one form that is compared; applying it twice changes nothing."""
    text = header
    for _ in range(8):  # Each rule may make room for another; real headers settle at once.
        before = text
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = _SPACE.sub("", text)
        text = _DASHES.sub("ー", text)
        text = _REQUIRED.sub("", text)
        if text == before:
            break
    return text


# Marks that writers of a list set, leave out or exchange at will (崖崩れ、土石流 / 崖崩れ・土石流).
_MARKS = re.compile(r"[_・･、，,.:()\[\]「」『』/'\"]|及び|および|又は|または")
# Typing errors and second spellings of official headers met in published files (specs/import.md).
_SPELLINGS = (
    ("連結標記", "連結表記"),
    ("緝度", "緯度"),
    ("軽度", "経度"),
    ("がけ崩れ", "崖崩れ"),
    ("崖くずれ", "崖崩れ"),
    ("がけくずれ", "崖崩れ"),
    ("地すべり", "地滑り"),
    ("地辷り", "地滑り"),
    ("車いす", "車椅子"),
    ("車イス", "車椅子"),
    ("エレベーター", "エレベータ"),
    ("エスカレーター", "エスカレータ"),
    # The official form of 公共施設 says 時間 where every other sheet says 日時.
    ("可能日時特記", "可能時間特記"),
)


@lru_cache(maxsize=8192)  # Every known layout asks about every header of a file.
def canonical(header: str) -> str:
    """Return a header in the form by which official columns are recognised.

    Looser than ``normalised``: marks inside it and known misspellings do not count, so that
    所在地_連結標記 is 所在地_連結表記 and 料金（基本） is 料金_基本. Only for finding a known
    column; two columns of a city's own may well differ in nothing else.
    """
    text = normalised(header)
    for _ in range(4):
        before = text
        text = normalised(_MARKS.sub("", text)).replace("市町村", "市区町村")
        for written, meant in _SPELLINGS:
            text = text.replace(written, meant)
        if text == before:
            break
    return text


# Canonical role → the headers it goes by, best first. Old 推奨データセット and new
# 自治体標準オープンデータセット (Appendices A and B of specs/open-data-formats.md), GSI, e-Stat,
# and what cities write themselves.
_ALIASES: dict[Role, tuple[str, ...]] = {
    "name": (
        *("名称", "施設・場所名", "施設名称", "施設名", "介護サービス事業所名称", "イベント名"),
        *(
            "指定暑熱避難施設の名称",
            "要配慮者利用施設名称",
            "避難所名",
            "避難所名称",
            "避難施設名称",
        ),
        *("避難場所名", "避難場所名称", "学校名", "学校名称", "公園名", "公園名称", "事業所名"),
        *(
            "事業所名称",
            "医療機関名",
            "医療機関名称",
            "文化財名称",
            "文化財名",
            "物件名",
            "建物名称",
        ),
        *(
            "自治会名",
            "町内会名",
            "地区名",
            "地区名称",
            "学区名",
            "校区名",
            "路線名",
            "緊急輸送路名",
        ),
        *("園名", "店舗名", "駅名", "橋梁名", "河川名", "区域名", "町丁目名", "町名", "大字名"),
        *(
            "name",
            "facilityname",
            "facility_name",
            "name_ja",
            "namejp",
            "title",
            "名前",
            "タイトル",
        ),
        *("moji", "s_name", "label", "表示名"),
    ),
    "name_kana": (
        *(
            "名称_カナ",
            "名称カナ",
            "名称_かな",
            "名称(カナ)",
            "名称_フリガナ",
            "名称フリガナ",
            "施設名カナ",
        ),
        *(
            "施設名_カナ",
            "施設名称カナ",
            "施設名(カナ)",
            "施設名称_カナ",
            "介護サービス事業所名称_カナ",
        ),
        *(
            "イベント名_カナ",
            "フリガナ",
            "ふりがな",
            "カナ",
            "よみ",
            "読み",
            "kana",
            "name_kana",
            "namekana",
        ),
    ),
    "name_en": (
        *(
            "名称_英字",
            "名称_英語",
            "名称(英語)",
            "名称(英字)",
            "施設名_英語",
            "施設名(英語)",
            "英語名称",
        ),
        *(
            "介護サービス事業所名称_英字",
            "イベント名_英語",
            "英語名",
            "name_en",
            "nameen",
            "name_english",
        ),
    ),
    "address": (
        *(
            "所在地_連結表記",
            "所在地_連結標記",
            "住所",
            "所在地",
            "施設所在地",
            "施設住所",
            "設置場所住所",
        ),
        *("住所(位置情報)", "所在地住所", "所在地(住所)", "住居表示", "address", "fulladdress"),
        *("full_address", "addr"),
    ),
    "building": ("方書", "建物名等(方書)", "建物名", "建物名等"),
    "prefecture": ("都道府県名", "所在地_都道府県", "都道府県", "pref", "prefecture"),
    "municipality": ("市区町村名", "所在地_市区町村", "市区町村", "市町村名", "city"),
    "id": (
        *(
            "共通id",
            "id",
            "no",
            "no.",
            "№",
            "管理番号",
            "施設番号",
            "施設id",
            "識別番号",
            "整理番号",
        ),
        *("#property", "identifier", "key_code", "objectid", "fid", "番号", "連番"),
    ),
    "lat": (
        *("緯度", "緝度", "北緯", "lat", "latitude", "緯度(10進法)", "緯度(10進)", "緯度(北緯)"),
        *(
            "緯度(世界測地系)",
            "緯度(度)",
            "世界測地系緯度",
            "施設_緯度",
            "所在地_緯度",
            "ido",
            "y_code",
        ),
        *("_lat", "緯度_y", "geo_lat", "fy"),
    ),
    "lon": (
        *("経度", "軽度", "東経", "lon", "lng", "long", "longitude", "経度(10進法)", "経度(10進)"),
        *(
            "経度(東経)",
            "経度(世界測地系)",
            "経度(度)",
            "世界測地系経度",
            "施設_経度",
            "所在地_経度",
        ),
        *("keido", "x_code", "_lon", "_lng", "経度_x", "geo_lon", "geo_lng", "fx"),
    ),
    "x": ("x", "x座標", "座標x", "x座標値", "x(m)", "平面直角x", "x座標(m)"),
    "y": ("y", "y座標", "座標y", "y座標値", "y(m)", "平面直角y", "y座標(m)"),
}
_ROLES: dict[str, tuple[Role, int]] = {
    normalised(alias): (role, rank)
    for role, aliases in _ALIASES.items()
    for rank, alias in enumerate(aliases)
}

# A column that ends in 名 or 名称 names the thing, unless it names somebody or somewhere else.
_SOME_NAME = re.compile(r"(?<!件)(名称?|名前)(\(.*\))?$")
_OTHER_NAME = re.compile(
    r"都道府県|市区?町村|自治体|公共団体|団体|法人|会社|企業|部署|課名|担当|窓口|連絡先|管理者|所有者|設置者|運営|"
    r"代表|氏名|職名|署名|災害|気象|区分|種別|分類|読み|カナ|英|通称|旧|備考|ファイル|画像|データ|色|作成|更新"
)


def role(header: str) -> Role | None:
    """Return what a header stands for, or None for a column with no part of its own."""
    found = _ROLES.get(normalised(header))
    return found[0] if found else None


def columns_by_role(
    headers: Sequence[str], titles: Iterable[str] = (), labelled: Iterable[str] = ()
) -> dict[Role, str]:
    """Return for each role the header that fits it best.

    ``titles`` are the labels that a publisher gave beside the file, in the order of ``headers``
    (item2 → 学校名); a label counts where the header itself says nothing. ``labelled`` headers are
    those the publisher labels the map with. A name cut at ten bytes by a shapefile counts if it
    begins exactly one role's alias.
    """
    best: dict[Role, tuple[int, str]] = {}

    def offer(found: Role, rank: int, header: str) -> None:
        if found not in best or rank < best[found][0]:
            best[found] = (rank, header)

    labels = list(titles) or [""] * len(headers)
    for header, label in zip(headers, labels, strict=True):
        for penalty, text in ((0, header), (100, label)):
            if exact := _ROLES.get(normalised(text)):
                offer(exact[0], exact[1] + penalty, header)
                break
        else:
            if cut := _cut(header):
                offer(cut, 300, header)
            for penalty, text in ((500, header), (600, label)):
                plain = normalised(text)
                if _SOME_NAME.search(plain) and not _OTHER_NAME.search(plain):
                    offer("name", penalty, header)
    for header in labelled:
        offer("name", 200, header)
    return {found: header for found, (_, header) in best.items()}


def _cut(header: str) -> Role | None:
    """Return the role of a header that a DBF cut at its ten bytes, if only one role fits."""
    plain = normalised(header)
    if not any(9 <= len(plain.encode(codec, "replace")) <= 10 for codec in ("cp932", "utf-8")):
        return None
    roles = {found for alias, (found, _) in _ROLES.items() if alias.startswith(plain)}
    return roles.pop() if len(roles) == 1 else None


# Numbers that are codes: their zeros count, and arithmetic on them means nothing.
_CODE = re.compile(
    r"コード|code|id$|番号|no\.?$|№|電話|tel|fax|郵便|zip|url|年|月日|時刻|時間", re.IGNORECASE
)


def is_code(header: str) -> bool:
    """Say whether a column's numbers are codes, numbers of a list, dates or times: kept as text."""
    return bool(_CODE.search(normalised(header)))
