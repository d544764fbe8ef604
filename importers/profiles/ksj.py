"""国土数値情報: the data sets of facilities, boundaries and transport, by edition.

Columns and codes: specs/open-data-formats.md, "Attribute codes by dataset and edition". How the
edition of a file is found: ``layouts``.
"""

from importers.profiles import ksj_codes as codes
from importers.profiles.data_sets import (
    CC_BY,
    CONDITIONS,
    FREE,
    NON_COMMERCIAL,
    TERMS,
    UNKNOWN,
    Variant,
    register_set,
)
from importers.profiles.layouts import ALWAYS

register_set(
    "P20",
    "避難施設データ",
    ("避難施設", "ひなんする しせつ", "Evacuation facilities"),
    "public_facility",  # older than the law's designations, so neither a site nor a shelter
    Variant(
        (2012, 2012),
        "行政区域コード 名称 住所 施設の種類 収容人数 施設規模 地震災害 津波災害 水害 火山災害 "
        "その他災害 指定なし",
        notices=("not_a_designation", *UNKNOWN),
        suffix="_12",
    ),
)
_P04 = "医療機関分類 施設名称 所在地 診療科目1 診療科目2 診療科目3 開設者分類"
register_set(
    "P04",
    "医療機関データ",
    ("医療機関", "びょういん", "Medical care"),
    "medical",
    Variant((2014, 2014), _P04, {1: codes.P04_KIND, 7: codes.P04_FOUNDER}, suffix="_14"),
    Variant(
        (2020, 2020),
        f"{_P04} 病床数 救急告示病院 災害拠点病院",
        {
            1: codes.P04_KIND,
            7: codes.P04_FOUNDER,
            9: codes.P04_EMERGENCY,
            10: codes.P04_DISASTER,
        },
        notices=FREE,
        licence=TERMS,
        suffix="_20",
    ),
)
register_set(
    "P14",
    "福祉施設データ",
    ("福祉施設", "ふくしの しせつ", "Welfare facilities"),
    "welfare",
    Variant(
        (2011, 2015),
        "都道府県名 市区町村名 所在地 公共施設大分類 公共施設小分類 福祉施設細分類 名称 管理者 "
        "定員 原典 主題属性資料",
        {4: codes.PUBLIC_MAJOR},
        notices=CONDITIONS,
        suffix="_15",
    ),
    Variant(
        (2021, 2021),
        "都道府県名 市区町村名 行政区域コード 所在地 福祉施設大分類 福祉施設中分類 福祉施設小分類 "
        "名称 管理者 位置正確度",
        {
            5: codes.P14_MAJOR_21,
            6: codes.P14_MIDDLE_21,
            7: codes.P14_MINOR_21,
            9: codes.ADMINISTRATOR_P14,
            10: codes.P14_ACCURACY,
        },
        notices=CONDITIONS,
        suffix="_21",
    ),
)
register_set(
    "P29",
    "学校データ",
    ("学校", "がっこう", "Schools"),
    "school",
    Variant(
        (2013, 2013),
        "行政区域コード 公共施設大分類 公共施設小分類 学校分類 名称 所在地 管理者",
        {2: codes.PUBLIC_MAJOR, 4: codes.P29_KIND_13, 7: codes.ADMINISTRATOR},
        suffix="_13",
    ),
    Variant(
        (2021, 2021),
        "行政区域コード 学校コード 学校分類 名称 所在地 管理者 休校区分",
        {3: codes.P29_KIND_21, 6: codes.ADMINISTRATOR, 7: codes.P29_CLOSED},
        key=2,
        notices=FREE,
        licence=TERMS,
        suffix="_21",
    ),
)
register_set(
    "P27",
    "文化施設データ",
    ("文化施設", "ぶんかの しせつ", "Cultural and sports facilities"),
    "public_facility",
    Variant(
        (2013, 2013),
        "行政区域コード 公共施設大分類 公共施設小分類 文化施設分類 名称 所在地 管理者 階数 建築年",
        {2: codes.PUBLIC_MAJOR, 4: codes.P27_KIND, 7: codes.ADMINISTRATOR},
        suffix="_13",
    ),
)
register_set(
    "P02",
    "公共施設データ",
    ("公共施設", "みんなの しせつ", "Public facilities"),
    "public_facility",
    Variant(
        (2006, 2006),
        "行政区域コード 公共施設大分類 公共施設小分類 名称 所在地 管理者 原典資料名",
        {2: codes.PUBLIC_MAJOR, 6: codes.ADMINISTRATOR},
        suffix="_06",
    ),
    Variant(
        (2006, 2006),
        "行政区域コード 台帳番号 種別 分室等 種別（漢字） 名称 管理者の行政区域コード "
        "その他管理者コード 管理者（漢字） 調査年次 開設年次",
        suffix="_06_register",
    ),
)
register_set(
    "P05",
    "市町村役場等及び公的集会施設データ",
    ("市町村役場と公的集会施設", "やくばと あつまる しせつ", "Town offices and halls"),
    "public_facility",
    Variant(
        (2022, 2022),
        "行政区域コード 施設分類 名称 所在地",
        {2: codes.P05_KIND},
        notices=FREE,
        licence=TERMS,
        suffix="_22",
    ),
)
register_set(
    "P34",
    "市町村役場データ",
    ("市町村役場", "やくば", "Town offices"),
    "public_facility",
    Variant(
        (2014, 2014),
        "行政区域コード 施設分類 名称 所在地",
        {2: codes.P34_KIND},
        notices=NON_COMMERCIAL,
        suffix="_14",
    ),
)
register_set(
    "P32",
    "都道府県指定文化財データ",
    (
        "都道府県指定文化財",
        "けんが きめた たいせつな もの",
        "Cultural property of the prefecture",
    ),
    "heritage",
    Variant(
        (2014, 2014),
        "文化財ID 都道府県 行政コード 種別大区分 種別小区分 名称 所在地 指定年月日 代表点区分",
        {4: codes.P32_MAJOR, 5: codes.P32_MINOR, 9: codes.P32_POINT},
        key=1,
        suffix="_14",
    ),
)
register_set(
    "N03",
    "行政区域データ",
    ("行政区域", "まちの さかい", "Administrative areas"),
    "planning",
    Variant(
        (1920, 2023),
        "都道府県名 支庁・振興局 郡・政令市 市区町村名 - - 行政区域コード",
        notices=FREE,
        licence=TERMS,
        suffix="_to_23",
    ),
    Variant(
        (2024, 9999),
        "都道府県名 支庁・振興局 郡 市区町村名 政令市の区 - 行政区域コード",
        notices=FREE,
        licence=TERMS,
        suffix="_24",
    ),
)
register_set(
    "N02",
    "鉄道データ",
    ("鉄道", "でんしゃの みち", "Railways"),
    "planning",
    Variant(
        ALWAYS,
        "鉄道区分 事業者種別 路線名 運営会社 駅名",
        {1: codes.N02_KIND, 2: codes.N02_OPERATOR},
        notices=FREE,
        licence=TERMS,
    ),
)
register_set(
    "N07",
    "バスルートデータ",
    ("バスの経路", "バスの みち", "Bus routes"),
    "planning",
    Variant(
        (2011, 2011),
        "バス区分 事業者名 バス系統 平日運行頻度 土曜日運行頻度 日祝日運行頻度 備考",
        {1: codes.BUS_KIND},
        notices=NON_COMMERCIAL,
        suffix="_11",
    ),
    Variant((2022, 2022), "事業者名 備考", notices=FREE, licence=CC_BY, suffix="_22"),
)
register_set(
    "P11",
    "バス停留所データ",
    ("バス停", "バスてい", "Bus stops"),
    "public_facility",
    Variant(
        (2010, 2010),
        "バス停名 バス区分 事業者名 バス系統",
        {2: codes.BUS_KIND},
        notices=NON_COMMERCIAL,
        suffix="_10",
    ),
    Variant(
        (2022, 2022),
        "バス停名 事業者名 バス系統 バス区分 備考",
        {4: codes.BUS_KIND},
        notices=FREE,
        licence=TERMS,
        suffix="_22",
    ),
)
