"""自治体標準オープンデータセット (2022 on): sheets 01–15, and the form without a sheet.

ID is often blank in practice, so a key column that fails is passed over. For 10 医療機関 and 12
イベント no published file was seen: their own columns are those of the older generation, beside the
new shared ones. 15 食品等営業許可 has a sheet here and a national list of the same columns from
食品衛生申請等システム.
"""

from importers.profiles.sheets import register_common, register_generation

SHEETS_NEW = (
    *("facility", "heritage", "emergency", "population", "childcare", "catalogue", "wifi"),
    *("aed", "welfare", "medical", "tourism", "event", "toilet", "fire_water", "food"),
)
"""In the order of their official numbers, 01 to 15."""

register_common(
    "standard",
    (
        ("全国地方公共団体コード", "所在地_連結表記"),
        ("名称", "所在地_連結表記"),
    ),
)
register_generation(
    "standard", SHEETS_NEW, ("所在地_連結表記", "全国地方公共団体コード"), lenient=True
)
