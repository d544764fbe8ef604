"""Finding the column that holds the rows' names where no header says so."""

import re

from importers.headers import columns_by_role, is_code, normalised
from importers.table import Table

# A name tells rows apart, is there, and is short; an address, a code or a link is none.
_FILLED, _DISTINCT, _SHORT = 0.9, 0.8, 30
_NO_NAME = re.compile(r"住所|所在|番地|丁目|備考|説明|address|tel|電話|url|日|時|面積|延長")


def likely_name(table: Table) -> str | None:
    """Return the first column that looks like the rows' names where no header says so, or None."""
    taken = set(columns_by_role([column.name for column in table.columns]).values())
    for column in table.columns:
        if column.type != "text" or column.name in taken or is_code(column.title):
            continue
        values = [text for text in table.values[column.name].as_text().to_pylist() if text]
        enough = len(values) >= max(2, _FILLED * len(table))
        if enough and not _NO_NAME.search(normalised(column.title)) and _are_names(values):
            return column.name
    return None


def _are_names(values: list[str]) -> bool:
    lengths = sorted(len(value) for value in values)
    words = sum(1 for value in values if re.search(r"[^\W\d_]{2}", value))
    links = any(re.match(r"https?:|www\.", value) for value in values)
    return (
        not links
        and len(set(values)) >= _DISTINCT * len(values)
        and lengths[len(lengths) // 2] <= _SHORT
        and words >= _DISTINCT * len(values)
    )
