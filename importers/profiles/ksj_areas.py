"""国土数値情報: the data sets of areas — hazards, zoning, districts (see ``ksj``)."""

from importers.profiles import ksj_codes as codes
from importers.profiles.data_sets import (
    CC_BY,
    CONDITIONS,
    FREE,
    NON_COMMERCIAL,
    TERMS,
    Variant,
    register_set,
)
from importers.profiles.layouts import ALWAYS

_FLOOD = ("洪水浸水想定区域", "川（かわ）の 水（みず）が あふれる ところ", "Flood hazard areas")


def _flood(what: str, easy: str, en: str) -> tuple[str, str, str]:
    return f"{_FLOOD[0]}（{what}）", f"{_FLOOD[1]}（{easy}）", f"{_FLOOD[2]} ({en})"


register_set(
    "A31",
    "洪水浸水想定区域データ",
    _FLOOD,
    "hazard",
    Variant(
        (2020, 2022),
        "浸水深ランク 指定年月日 告示番号 指定の前提となる降雨",
        {101: codes.FLOOD_DEPTH},
        first=101,
        suffix="_planned",
        title=_flood("計画規模", "ときどき ある おおあめ", "design scale"),
    ),
    Variant(
        (2020, 2022),
        "浸水深ランク 指定年月日 告示番号 指定の前提となる降雨",
        {201: codes.FLOOD_DEPTH},
        first=201,
        suffix="_largest",
        title=_flood("想定最大規模", "いちばん おおきい おおあめ", "largest assumed"),
    ),
    Variant(
        (2020, 2022),
        "浸水継続時間ランク 指定年月日 告示番号 指定の前提となる降雨",
        first=301,
        suffix="_duration",
        title=_flood("浸水継続時間", "みずが ひくまでの じかん", "duration"),
    ),
    Variant(
        (2020, 2022),
        "危険区域区分 指定年月日 告示番号 指定の前提となる降雨",
        first=401,
        suffix="_collapse",
        title=_flood("家屋倒壊等氾濫想定区域", "いえが こわれる ところ", "houses may collapse"),
    ),
)
register_set(
    "A31a",
    "洪水浸水想定区域データ",
    _FLOOD,
    "hazard",
    Variant(
        (2021, 9999),
        "河川番号 河川名 ? 河川管理者 浸水深ランク",
        {205: codes.FLOOD_DEPTH},
        first=201,
        notices=FREE,
        licence=CC_BY,
        suffix="_largest",
        title=_flood("想定最大規模", "いちばん おおきい おおあめ", "largest assumed"),
    ),
)
register_set(
    "A33",
    "土砂災害警戒区域データ",
    ("土砂災害警戒区域", "やまや がけが くずれる ところ", "Landslide hazard areas"),
    "hazard",
    Variant(
        ALWAYS,
        "現象の種類 区域区分 都道府県コード 区域番号 区域名 所在地 告示日 特別警戒未指定フラグ",
        {1: codes.A33_PHENOMENON, 2: codes.A33_ZONE, 8: codes.A33_SPECIAL_OPEN},
        notices=CONDITIONS,
    ),
)
register_set(
    "A40",
    "津波浸水想定データ",
    ("津波浸水想定", "つなみが くる ところ", "Tsunami hazard areas"),
    "hazard",
    Variant(ALWAYS, "都道府県名 都道府県コード 津波浸水深の区分", notices=CONDITIONS),
)
register_set(
    "A49",
    "高潮浸水想定区域データ",
    ("高潮浸水想定区域", "たかしおが くる ところ", "Storm surge hazard areas"),
    "hazard",
    Variant(ALWAYS, "都道府県名 ? 浸水深の区分", notices=CONDITIONS),
)
register_set(
    "A29",
    "用途地域データ",
    ("用途地域", "たてものの きまりの ちいき", "Zoning"),
    "planning",
    Variant(
        (2011, 2019),
        "行政区域コード 都道府県名 市区町村名 用途地域分類 用途地域 建蔽率 容積率 備考",
        {4: codes.A29_ZONE},
        notices=CONDITIONS,
    ),
)
_SCHOOL = "市区町村コード 設置主体 名称 所在地"
_ELEMENTARY = ("小学校区", "しょうがっこうの くいき", "Elementary school districts")
_JUNIOR_HIGH = ("中学校区", "ちゅうがっこうの くいき", "Junior high school districts")
register_set(
    "A27",
    "小学校区データ",
    _ELEMENTARY,
    "planning",
    Variant((2010, 2010), _SCHOOL, notices=CONDITIONS, suffix="_10_schools"),
    Variant((2010, 2010), _SCHOOL, notices=CONDITIONS, first=5, suffix="_10"),
    Variant(
        (2021, 2023),
        "行政区域コード 設置主体 学校コード 名称 所在地",
        notices=CONDITIONS,
        suffix="_21",
    ),
)
register_set(
    "A32",
    "中学校区データ",
    _JUNIOR_HIGH,
    "planning",
    Variant(
        (2013, 2013), f"{_SCHOOL} 通学区域ファイル名", notices=CONDITIONS, suffix="_13_schools"
    ),
    Variant(
        (2013, 2013), f"{_SCHOOL} 通学区域ファイル名", notices=CONDITIONS, first=6, suffix="_13"
    ),
    Variant(
        (2021, 2023),
        "行政区域コード 設置主体 学校コード 名称 所在地",
        notices=CONDITIONS,
        suffix="_21",
    ),
)
_DENSE = (
    "地域コード 市区町村コード 市区町村名 人口集中地区符号 人口 面積 前回人口 前回面積 "
    "人口割合 面積割合 国勢調査年度"
)
register_set(
    "A16",
    "人口集中地区データ",
    ("人口集中地区", "ひとが おおい ちく", "Densely inhabited districts"),
    "planning",
    Variant((1960, 1994), _DENSE, notices=NON_COMMERCIAL, suffix="_to_94"),
    Variant((1995, 2015), _DENSE, suffix="_15"),
    Variant((2020, 2020), f"{_DENSE} 男性人口 女性人口 世帯数", suffix="_20"),
)
_MEDICAL = ("医療圏", "びょういんの ちいき", "Medical districts")
for _letter, _titles in (
    ("a", "行政区域コード 市区町村名 二次医療圏コード 二次医療圏名 設定フラグ"),
    (
        "b",
        (
            "行政区域コード 市区町村名 二次医療圏コード 二次医療圏名 面積（医療計画） "
            "面積（国土地理院） 人口（医療計画） 総人口（住民基本台帳） 15歳未満人口 "
            "15歳以上65歳未満人口 65歳以上人口"
        ),
    ),
    ("c", "都道府県名 三次医療圏名"),
):
    register_set(
        f"A38{_letter}",
        "医療圏データ",
        _MEDICAL,
        "planning",
        Variant(ALWAYS, _titles, notices=FREE, licence=TERMS),
    )
