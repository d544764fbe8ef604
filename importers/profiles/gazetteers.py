"""Tables of towns: no layer, but the city's gazetteer (``importers.towns`` reads them)."""

from importers.profiles.profile import Profile
from importers.profiles.registry import register, titled

_TOWNS = ("町字", "まちの なまえ", "Towns")


def _table(name: str, *markers: tuple[str, ...], attribution: str, licence: str = "") -> None:
    register(
        Profile(
            name,
            titled(*_TOWNS),
            None,
            markers=markers,
            attribution=attribution,
            licence=licence,
            target="towns",
        )
    )


_table(
    "towns_isj_block",
    ("大字・丁目名", "街区符号・地番", "座標系番号", "代表フラグ"),
    ("大字・町丁目名", "街区符号・地番", "座標系番号", "代表フラグ"),
    attribution="「位置参照情報（街区レベル）」（国土交通省）を加工して作成",
)
_table(
    "towns_isj_town",
    ("大字町丁目コード", "大字町丁目名", "緯度", "経度"),
    ("大字・町丁目コード", "大字・町丁目名", "緯度", "経度"),
    attribution="「位置参照情報（大字・町丁目レベル）」（国土交通省）を加工して作成",
)
_table(
    "towns_geolonia",
    ("市区町村コード", "大字町丁目名", "小字・通称名", "緯度", "経度"),
    ("town", "koaza", "lat", "lng"),
    attribution="「Geolonia 住所データ」（株式会社Geolonia）を加工して作成",
    licence="CC BY 4.0",
)
_table(
    "towns_abr",
    ("lg_code", "machiaza_id", "oaza_cho", "chome", "koaza"),
    attribution="「アドレス・ベース・レジストリ」（デジタル庁）を加工して作成",
)
_table(
    "towns_abr_position",
    ("lg_code", "machiaza_id", "rep_lon", "rep_lat", "rep_srid"),
    attribution="「アドレス・ベース・レジストリ」（デジタル庁）を加工して作成",
)
_table(
    "towns",
    ("町字", "小字", "緯度", "経度"),
    attribution="",
)
