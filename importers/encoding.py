"""Which encoding a file's bytes are in, decided on the bytes alone.

The order (BOM, strict UTF-8, strict CP932, UTF-16 with BOM) and the reasons are those of
specs/import.md: declarations (``.cpg``, the language byte of a DBF) contradict the bytes often
enough that they only break ties. ``shift_jis`` is never used: it fails on ①, №, ㈱ and 髙, which
Japanese city files are full of; CP932 is what Windows means by Shift_JIS.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from importers.columns import mapped
from importers.problems import Evidence, FileRefused

# Names people and .cpg files use, to the codec that really reads the bytes.
_CODECS = {
    "utf-8": ("utf-8", "utf8", "utf-8-sig", "65001"),
    "cp932": (
        *("cp932", "932", "ms932", "windows-31j", "windows31j", "shift_jis", "shift-jis"),
        *("shiftjis", "sjis", "x-sjis", "mskanji", "ansi 932", "oem 932", "windows-932"),
    ),
    "utf-16": ("utf-16", "utf16", "unicode"),
    "euc-jp": ("euc-jp", "euc_jp", "eucjp", "ujis"),
    "cp1252": ("cp1252", "1252", "windows-1252", "latin1", "latin-1", "iso-8859-1", "iso8859-1"),
}
_ALIASES = {alias: name for name, aliases in _CODECS.items() for alias in aliases}
ENCODINGS = tuple(_CODECS)

# The language bytes of a DBF header that mean Japanese (0x13, 0x7B) or Windows Latin-1.
LANGUAGE_BYTES = {0x13: "cp932", 0x7B: "cp932", 0x03: "cp1252"}

# A CP932 decoder gives the Windows form of four marks that every other Shift_JIS decoder, and
# so many UTF-8 files, write with another code point. The Windows form is made canonical: Japanese
# keyboards type it, most files have it, and it goes back into a CP932 export without loss.
_WINDOWS_FORM = str.maketrans({"〜": "～", "−": "－", "‖": "∥", "—": "―"})
_DETACHED_MARK = re.compile("[\u3041-\u30ff][\u3099\u309a]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TOUCHED = re.compile("[\x00-\x08\x0b-\x1f\x7f〜−‖—\u3099\u309a\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JAPANESE = re.compile("[\u3041-\u30ff]|[\u3400-\u9fff]{2}")
_ANY_JAPANESE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_IN_LATIN = re.compile("[A-Za-z][\uff66-\uff9f\u3400-\u9fff]|[\uff66-\uff9f\u3400-\u9fff][a-z]")


# Bytes that are no CP932 at all (80, A0, FD, FE, FF); Python's decoder passes them through.
_NOT_CP932 = re.compile("[\x80\uf8f0-\uf8f3]")


def strictly(data: bytes, name: str) -> str:
    """Decode strictly. Raises UnicodeDecodeError at the first byte the encoding does not have."""
    text = data.decode(name)
    if name == "cp932" and (stray := _NOT_CP932.search(text)):
        start = len(text[: stray.start()].encode(name))
        raise UnicodeDecodeError(name, data, start, start + 1, "not assigned")
    return text


def named(name: str) -> str:
    """Return the encoding a person or a ``.cpg`` means. Raises FileRefused for one not read."""
    encoding = _ALIASES.get(name.strip().casefold())
    if encoding is None:
        raise FileRefused(
            "encoding_not_known", {"name": name.strip(), "known": ", ".join(ENCODINGS)}
        )
    return encoding


def known(name: str) -> str | None:
    """Return the encoding that a name in a file means, or None for one not read."""
    return _ALIASES.get(name.strip().casefold())


def declared(cpg: str | None, language_byte: int | None) -> str | None:
    """Return the encoding that a ``.cpg`` text, else a DBF's language byte, claims; or None."""
    if cpg is not None and (encoding := _ALIASES.get(cpg.strip().casefold())):
        return encoding
    return LANGUAGE_BYTES.get(language_byte or 0)


def is_touched(text: str) -> bool:
    """Say whether ``clean_text`` may change a text (or any of several joined by line ends)."""
    return _TOUCHED.search(text) is not None


def clean_text(text: str) -> str:
    """Return a text in the one form that is stored, so that two imports of it compare equal.

    Wave dash and its kin get their Windows form, line ends become LF, a dakuten that macOS
    wrote apart joins its kana. Full Unicode normalisation is avoided: NFC turns the name variant
    神 (U+FA19) into 神, and NFKC changes widths. Control characters and lone surrogates go, because
    PostgreSQL can store neither in text or JSON.
    """
    if not is_touched(text):  # Nearly every text; of a big file there are millions.
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_WINDOWS_FORM)
    text = _DETACHED_MARK.sub(lambda pair: unicodedata.normalize("NFC", pair.group()), text)
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


# Where ``clean_text`` may have something to do (RE2 syntax).
_UNCLEAN = "[\\x00-\\x08\\x0b-\\x1f\\x7f\u3099\u309a〜−‖—]"


def cleaned(texts: pa.Array) -> pa.Array:
    """Return an Arrow array of texts, each as ``clean_text`` returns it."""
    return mapped(texts, clean_text, _UNCLEAN)


def first_fault(data: bytes, encoding: str) -> int | None:
    """Return where bytes first fail a strict reading, or None where all of them are in order."""
    try:
        strictly(data, encoding)
    except UnicodeDecodeError as bad:
        return bad.start
    return None


def decoded(data: bytes, forced: str | None = None) -> tuple[str, Evidence]:
    """Return a text file's text, without BOM, and the evidence for its encoding.

    ``forced`` is a person's choice. Raises FileRefused with the first bad line.
    """
    if forced:
        name = named(forced)
        try:
            return strictly(data, name).removeprefix("\ufeff"), Evidence(name, "encoding_chosen")
        except UnicodeDecodeError as bad:
            raise FileRefused(
                "encoding_chosen_wrong", {"name": name, "line": _line(data, bad.start)}
            ) from bad
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _named_strictly(data, "utf-16", "encoding_bom")
    if data.startswith(codecs.BOM_UTF8):
        return _named_strictly(data, "utf-8", "encoding_bom")
    if data.isascii():
        return data.decode("ascii"), Evidence("utf-8", "encoding_ascii")
    furthest = 0
    for name, reason in (("utf-8", "encoding_utf8_valid"), ("cp932", "encoding_cp932_valid")):
        try:
            text = strictly(data, name)
        except UnicodeDecodeError as bad:
            furthest = max(furthest, bad.start)
            continue
        if name == "cp932" and doubtful(text):
            reason = "encoding_cp932_doubtful"
        return text, Evidence(name, reason)
    raise FileRefused("encoding_unknown", {"line": _line(data, furthest)})


def doubtful(text: str) -> bool:
    """Say whether a CP932 reading looks like Latin-1 that merely passes as CP932.

    Accented letters become a half-width kana or one kanji inside a Latin word (Ñandú → ﾑand…,
    crème → cr鑪e). A Japanese table has full-width kana or two kanji in a row somewhere.
    """
    return bool(_IN_LATIN.search(text)) and not _JAPANESE.search(text)


def _named_strictly(data: bytes, name: str, reason: str) -> tuple[str, Evidence]:
    try:
        return data.decode(name).removeprefix("\ufeff"), Evidence(name, reason)
    except UnicodeDecodeError as bad:
        raise FileRefused("encoding_unknown", {"line": _line(data, bad.start)}) from bad


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


# -- values of a fixed width (DBF) ------------------------------------------------------------

State = Literal["whole", "cut", "unreadable"]

# A character is cut only at the field's end; some writers pad the remaining one or two bytes.
_CUT_SLACK = 3


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value's text, and whether its last character was cut off or bytes were unreadable."""

    text: str
    state: State


def decoded_value(value: bytes, encoding: str, width: int) -> Decoded:
    """Return the text of a value that stood in a field of ``width`` bytes.

    Writers cut text at the field's width in the middle of a character. The dangling bytes are
    dropped ("cut") if they stand at the field's end; anywhere else they mean that the encoding
    is wrong ("unreadable", bad bytes shown as U+FFFD).
    """
    try:
        return Decoded(strictly(value, encoding), "whole")
    except UnicodeDecodeError:
        pass
    if encoding in ("utf-8", "cp932", "euc-jp") and len(value) > width - _CUT_SLACK:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = decoder.decode(value, final=False)
            return Decoded(strictly(text.encode(encoding), encoding), "cut")
        except UnicodeError:
            pass
    text = value.decode(encoding, errors="replace")
    return Decoded(_NOT_CP932.sub("\ufffd", text), "unreadable")


# Above this share of unreadable values an encoding is not "the file's encoding with damage".
_DAMAGE = 0.1


def values_encoding(
    values: Iterable[tuple[bytes, int]], claim: str | None, forced: str | None = None
) -> Evidence:
    """Return the encoding of a table's raw text values, given as (bytes, field width).

    ``claim`` is what ``declared`` says; it decides only where the bytes leave it open. Raises
    FileRefused when neither UTF-8 nor CP932 reads the table.
    """
    if forced:
        return Evidence(named(forced), "encoding_chosen")
    texts = [(value, width) for value, width in values if not value.isascii()]
    if not texts:
        return Evidence("utf-8", "encoding_ascii")
    bad = {
        name: sum(decoded_value(value, name, width).state == "unreadable" for value, width in texts)
        for name in ("utf-8", "cp932")
    }
    if bad["utf-8"] == 0:
        # Short CP932 text may happen to be UTF-8 too, though not Japanese: ﾂｱ is ±, 﨑① is 핇@.
        read = "".join(value.decode("utf-8", errors="ignore") for value, _ in texts)
        open_ = bad["cp932"] == 0 and not _ANY_JAPANESE.search(read)
        if open_ and claim == "cp932":
            return Evidence("cp932", "encoding_declared")
        return Evidence("utf-8", "encoding_utf8_valid")
    name = min(bad, key=lambda candidate: bad[candidate])
    if (bad[name] > len(texts) * _DAMAGE and bad[name] > 1) or bad[name] == len(texts):
        if claim == "cp1252":
            return Evidence("cp1252", "encoding_declared")
        raise FileRefused("encoding_unknown_table", {"count": min(bad.values())})
    joined = " ".join(decoded_value(value, name, width).text for value, width in texts)
    if name == "cp932" and doubtful(joined):
        if claim == "cp1252":
            return Evidence("cp1252", "encoding_declared")
        return Evidence("cp932", "encoding_cp932_doubtful")
    contradicted = claim not in (None, name)
    reason = "encoding_against_claim" if contradicted else f"encoding_{name.replace('-', '')}_valid"
    return Evidence(name, reason, {"claim": claim} if contradicted else {})
