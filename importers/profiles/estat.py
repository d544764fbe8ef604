"""国勢調査 小地域 (e-Stat): the census by town, as table or as areas.

The year is not in the columns; the attribution names none. HCODE 8154 is water: nobody lives there.
"""

from importers.profiles.profile import Profile
from importers.profiles.registry import register, titled

_TITLES = {
    "KEY_CODE": "図形と集計データのリンクコード",
    "HCODE": "分類コード",
    "MOJI": "町丁・字等名称",
    "S_NAME": "町丁・字等名称",
    "PREF": "都道府県コード",
    "CITY": "市区町村コード",
    "S_AREA": "町丁・字等番号",
    "PREF_NAME": "都道府県名",
    "CITY_NAME": "市区町村名",
    "GST_NAME": "郡市・特別区・政令指定都市名",
    "CSS_NAME": "区町村名",
    "JINKO": "人口",
    "SETAI": "世帯数",
    "AREA": "面積（㎡）",
    "PERIMETER": "周辺長（m）",
    "X_CODE": "図形中心点の経度",
    "Y_CODE": "図形中心点の緯度",
    "KIGO_E": "特殊記号（町丁・字等重複フラグ）",
}

register(
    Profile(
        "estat_small_area",
        titled("国勢調査 小地域", "まちごとの ひとの かず", "Census by town"),
        "planning",
        markers=(
            ("KEY_CODE", "MOJI", "JINKO", "SETAI"),
            ("KEY_CODE", "S_NAME", "JINKO", "SETAI"),
        ),
        keys=("KEY_CODE",),
        fields={"MOJI": "name", "S_NAME": "name"},
        field_titles=_TITLES,
        value_rules=dict.fromkeys(("JINKO", "SETAI", "AREA", "PERIMETER"), "number"),
        attribution="「国勢調査 小地域」（総務省統計局）（e-Stat）を加工して作成",
        licence="政府統計の総合窓口（e-Stat）利用規約",
        codes={"HCODE": {"8101": "町丁・字等", "8154": "水面調査区"}},
    )
)
