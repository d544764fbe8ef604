"""Reading a cell that says yes or no."""

from importers.headers import normalised

_YES = {
    normalised(mark)
    for mark in ("1", "1.0", "○", "◯", "〇", "◎", "●", "有", "あり", "可", "該当", "指定")
} | {"true", "yes"}
_NO = {normalised(mark) for mark in ("", "0", "0.0", "×", "✕", "無", "なし", "不可", "非該当")} | {
    normalised(mark) for mark in ("-", "ー", "―", "false", "no")
}


def flag(value: object) -> bool | None:
    """Read a flag: True, False, or None where it can't be told (△, 要確認 …).

    The standard writes 1 and blank; ○, 1.0 and 有/無 are met in the wild (specs/import.md). The one
    place where this is decided: a hazard's designation on a page is read here too.
    """
    text = normalised(str(value)) if value is not None else ""
    if text in _YES:
        return True
    return False if text in _NO else None
