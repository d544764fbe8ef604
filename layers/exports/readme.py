"""README.txt of a shapefile: what it is, whose it is, and what the format could not hold."""

from collections.abc import Sequence

from layers.exports.about import About
from layers.exports.content import Column
from layers.exports.dbf import GETA, NAME_BYTES, TEXT_BYTES, Lost

_LISTED = 50


def readme(about: About, fields: Sequence[tuple[str, Column]], lost: Lost, encoding: str) -> bytes:
    """Return the text, Japanese first, then English (UTF-8 with a BOM, CRLF).

    ``fields`` are the names in the table, each with the column it is of.
    """
    table = [
        f"  {short}\t{column.name}" + ("" if column.title == column.name else f"\t{column.title}")
        for short, column in fields
    ]
    lines = [
        *about.lines("ja"),
        "座標参照系：JGD2011 緯度経度（EPSG:6668）",
        f"文字コード：{encoding}",
        "",
        f"項目名（シェープファイルの項目名は{NAME_BYTES}バイトまでです）",
        "  項目\tもとの項目名\t題名",
        *table,
        "",
        *_lost_in_japanese(lost),
        "",
        "-" * 72,
        "",
        *about.lines("en"),
        "Coordinate reference system: JGD2011, longitude and latitude (EPSG:6668)",
        f"Encoding: {encoding}",
        "",
        f"Fields (a shapefile's field names hold {NAME_BYTES} bytes)",
        "  field\tfull name\ttitle",
        *table,
        "",
        *_lost_in_english(lost),
    ]
    return ("\r\n".join(" ".join(line.splitlines()) for line in lines) + "\r\n").encode("utf-8-sig")


def _lost_in_japanese(lost: Lost) -> list[str]:
    lines = []
    if lost.characters:
        lines.append(
            f"この文字コードにない文字を「{GETA}」に置きかえました"
            f"（{lost.characters.total()}か所）：{_signs(lost, '、')}"
        )
    lines += [
        f"長すぎる値を{TEXT_BYTES}バイトで切りました：{name}（{count}件）"
        for name, count in lost.cut.items()
    ]
    if lost.columns:
        lines.append(f"入りきらない項目を省きました：{'、'.join(lost.columns)}")
    if not lines:
        return ["省いた値や置きかえた文字はありません。"]
    return [*lines, "省略のない値は、GeoPackage、GeoJSON、CSV にあります。"]


def _lost_in_english(lost: Lost) -> list[str]:
    lines = []
    if lost.characters:
        lines.append(
            f"Characters that this encoding lacks were replaced by {GETA} "
            f"({lost.characters.total()} times): {_signs(lost, ', ')}"
        )
    lines += [
        f"Values too long were cut at {TEXT_BYTES} bytes: {name} ({count})"
        for name, count in lost.cut.items()
    ]
    if lost.columns:
        lines.append(f"Columns left out for lack of room: {', '.join(lost.columns)}")
    if not lines:
        return ["No value was cut and no character replaced."]
    return [*lines, "The whole values are in the GeoPackage, GeoJSON and CSV."]


def _signs(lost: Lost, mark: str) -> str:
    found = sorted(lost.characters.items(), key=lambda item: (-item[1], item[0]))
    signs = [f"{sign} U+{ord(sign):04X} ×{count}" for sign, count in found[:_LISTED]]
    return mark.join([*signs, *(["…"] if len(found) > _LISTED else [])])
