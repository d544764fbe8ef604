"""Reading a cell that says yes or no.

``flag`` is for a column in which leaving blank means no (a designation: 1 and blank by the
standard). ``stated`` is for a column in which it means that nobody said (accessibility: 可 and
blank): unknown is never no, and never yes.
"""

import re
import unicodedata

_YES = frozenset(
    (
        *("1", "1.0", "true", "yes", "t", "y"),
        *("○", "◯", "〇", "◎", "●", "レ", "✓", "✔", "☑"),
        *("有", "有り", "あり", "有る", "ある", "可", "可能", "はい", "該当", "指定", "対応"),
    )
)
_NO = frozenset(
    (
        *("", "0", "0.0", "false", "no", "f", "n"),
        *("x", "×", "✕", "✖", "✗", "☐", "-", "‐", "–", "—", "―", "─", "−", "ー"),
        *("無", "無し", "なし", "無い", "ない", "不可", "いいえ", "非該当", "該当なし", "対象外"),
        *("指定なし", "未対応", "非対応"),
    )
)
_SPACE = re.compile(r"[\s\u3000\u200b\ufeff]+")


def flag(value: object) -> bool | None:
    """Read a flag: True, False, or None where it can't be told (△, 要確認 …). Blank is no.

    The standard writes 1 and blank; ○, 1.0 and 有/無 are met in the wild (specs/import.md). A mark
    with a footnote (○※) is conditional, so unknown. The one place where this is decided: a
    hazard's designation on a page is read here too.
    """
    text = _plain(value)
    if text in _YES:
        return True
    return False if text in _NO else None


def stated(value: object) -> bool | None:
    """Read a flag of a column where blank says nothing: True, False, or None for unknown."""
    return flag(value) if _plain(value) else None


def _plain(value: object) -> str:
    if value is None:
        return ""
    return _SPACE.sub("", unicodedata.normalize("NFKC", str(value)).casefold())
