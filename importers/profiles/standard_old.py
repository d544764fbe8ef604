"""推奨データセット (2019–2022): its sheets, and lists in its shared columns without one.

NO may be a running number, so a key column that fails is passed over.
"""

from importers.profiles.sheets import register_common, register_generation

SHEETS_OLD = (
    *("aed", "welfare", "medical", "heritage", "tourism", "event", "wifi", "toilet"),
    *("fire_water", "emergency", "population", "facility", "childcare", "catalogue"),
)
"""In the order of their official numbers, 01 to 14."""

register_common(
    "recommended",
    (
        ("都道府県コード又は市区町村コード", "NO"),
        ("市区町村コード", "NO"),
    ),
)
register_generation(
    "recommended", SHEETS_OLD, ("都道府県コード又は市区町村コード", "住所", "市区町村コード")
)
