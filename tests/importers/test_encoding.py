"""Which encoding bytes are in, and text that is damaged."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.encoding import (
    clean_text,
    declared,
    decoded,
    decoded_value,
    named,
    values_encoding,
)
from importers.problems import FileRefused

JAPANESE = st.text(
    st.sampled_from("新庄市焼津防災公民館アイウガパーあいう①№㈱髙﨑～－ABC 123"), max_size=40
)


@pytest.mark.parametrize(
    ("text", "encoding", "name", "evidence"),
    [
        ("名称,緯度", "utf-8", "utf-8", "encoding_utf8_valid"),
        ("名称,緯度", "utf-8-sig", "utf-8", "encoding_bom"),
        ("名称,緯度", "cp932", "cp932", "encoding_cp932_valid"),
        ("名称,緯度", "utf-16", "utf-16", "encoding_bom"),
        ("name,lat", "ascii", "utf-8", "encoding_ascii"),
        ("①№㈱髙﨑～", "cp932", "cp932", "encoding_cp932_valid"),
    ],
)
def test_the_bytes_decide_the_encoding_and_the_text_comes_back_without_bom(
    text: str, encoding: str, name: str, evidence: str
) -> None:
    found, why = decoded(text.encode(encoding))
    assert (found, why.name, why.evidence) == (text, name, evidence)


def test_shift_jis_proper_would_have_failed_where_cp932_reads() -> None:
    """Negative control for never using shift_jis: the text above is not valid in it."""
    with pytest.raises(UnicodeDecodeError):
        "①№㈱髙﨑".encode("cp932").decode("shift_jis")


def test_a_text_in_no_known_encoding_is_refused_with_its_first_bad_line() -> None:
    data = "名称\n図書館\n".encode() + b"\xff\xfe\xfd\n"
    with pytest.raises(FileRefused) as refusal:
        decoded(data)
    assert (refusal.value.code, refusal.value.params["line"]) == ("encoding_unknown", 3)
    assert decoded(data[: data.rfind(b"\xff")])[1].name == "utf-8"


def test_a_chosen_encoding_is_used_and_refused_where_it_can_not_be() -> None:
    data = "図書館".encode("euc-jp")
    assert decoded(data, "EUC-JP")[0] == "図書館"
    with pytest.raises(FileRefused) as refusal:
        decoded("図書館\n".encode("cp932"), "utf-8")
    assert (refusal.value.code, refusal.value.params["line"]) == ("encoding_chosen_wrong", 1)
    with pytest.raises(FileRefused) as unknown:
        decoded(data, "klingon")
    assert unknown.value.code == "encoding_not_known"


def test_latin_text_that_passes_as_cp932_is_called_doubtful_and_japanese_is_not() -> None:
    latin = "crème;Straße".encode("latin-1")
    assert decoded(latin)[1].evidence == "encoding_cp932_doubtful"
    assert decoded("ﾆﾎﾝ図書館A".encode("cp932"))[1].evidence == "encoding_cp932_valid"


@pytest.mark.parametrize("name", ["Shift_JIS", "SJIS", "932", "ANSI 932", "Windows-31J", "cp932"])
def test_every_name_for_windows_shift_jis_means_cp932(name: str) -> None:
    assert named(name) == "cp932"


@given(JAPANESE.filter(lambda text: not text.isascii()))
def test_utf8_and_cp932_come_back_as_they_were(text: str) -> None:
    assert decoded(text.encode("utf-8"))[0] == text
    value = text.strip()
    if not value.isascii():
        why = values_encoding([(value.encode("cp932"), 200)], "cp932")
        assert decoded_value(value.encode("cp932"), why.name, 200).text == value


@given(JAPANESE, st.integers(1, 60), st.sampled_from(["utf-8", "cp932"]))
def test_a_value_cut_at_its_width_loses_at_most_one_character(
    text: str, width: int, encoding: str
) -> None:
    raw = text.encode(encoding)[:width]
    found = decoded_value(raw, encoding, width)
    assert found.state in ("whole", "cut")
    assert text.startswith(found.text)
    assert len(text.encode(encoding)) <= width or len(found.text.encode(encoding)) > width - len(
        max(text, key=lambda c: len(c.encode(encoding))).encode(encoding)
    )


def test_a_dangling_byte_that_is_not_at_the_fields_end_is_no_cut() -> None:
    dangling = "図".encode("cp932") + b"\x8e"
    assert decoded_value(dangling, "cp932", 3).state == "cut"
    assert decoded_value(dangling, "cp932", 30).state == "unreadable"


def test_a_claim_breaks_a_tie_and_never_outvotes_the_bytes() -> None:
    both = "ﾂｱ".encode("cp932")  # C2 B1: also ± in UTF-8
    assert both.decode("utf-8") == "±"
    assert values_encoding([(both, 10)], None).name == "utf-8"
    assert values_encoding([(both, 10)], "cp932").name == "cp932"
    korean = "﨑①".encode("cp932")  # ED 95 87 40: also 핇@ in UTF-8
    assert values_encoding([(korean, 10)], "cp932").name == "cp932"
    assert values_encoding([(korean, 10)], None).name == "utf-8"
    japanese = "図書館".encode("cp932")
    against = values_encoding([(japanese, 10)], "utf-8")
    assert (against.name, against.evidence) == ("cp932", "encoding_against_claim")
    assert values_encoding([("図書館".encode(), 10)], "cp932").name == "utf-8"


def test_a_few_damaged_values_do_not_hide_the_tables_encoding_but_many_do() -> None:
    good = [("図書館".encode("cp932"), 20)] * 30
    assert values_encoding([*good, (b"\xfd\xfd", 20)], None).name == "cp932"
    with pytest.raises(FileRefused) as refusal:
        values_encoding([*good[:3], *[(b"\xfd\xfd", 20)] * 3], None)
    assert refusal.value.code == "encoding_unknown_table"


def test_the_cpg_is_asked_before_the_language_byte() -> None:
    assert declared("UTF-8", 0x13) == "utf-8"
    assert declared(None, 0x13) == declared("nonsense", 0x7B) == "cp932"
    assert declared(None, 0x00) is declared(None, None) is declared(None, 0x57) is None


def test_two_decoders_of_shift_jis_give_the_same_text_after_cleaning() -> None:
    raw = "10～20－5∥".encode("cp932")
    assert raw.decode("cp932") != raw.decode("shift_jis", errors="replace")
    assert clean_text("10\u301c20\u22125\u2016") == raw.decode("cp932")


def test_cleaning_keeps_name_variants_and_joins_detached_marks() -> None:
    assert clean_text("\ufa19社 髙﨑") == "\ufa19社 髙﨑"
    assert clean_text("か\u3099い") == "がい"
    assert clean_text("a\x00b\ud800\r\nc\rd") == "ab\ufffd\nc\nd"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


def test_utf16_without_its_second_byte_is_refused() -> None:
    with pytest.raises(FileRefused):
        decoded(codecs.BOM_UTF16_LE + b"a")
