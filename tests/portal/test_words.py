"""Every word of the public pages is there in Japanese and in easy Japanese."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
KEYWORDS = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"], None),
    **dict.fromkeys(["ngettext"], (1, 2)),
}
LONGEST_SENTENCE = 60
"""Characters of a sentence in easy Japanese, readings in brackets not counted."""


@cache
def words() -> set[str]:
    """Return what the public pages' templates and modules say."""
    sources = {
        # The indentation of the HTML means nothing to Python.
        path: re.sub(r"(?m)^\s+", "", templatize(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if path.parent.name in {"templates", "portal", "ogc"}
    }
    sources |= {
        path: path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "gis_portal" / "portal").rglob("*.py"))
    }
    return {
        str(message)
        for source in sources.values()
        for _, message, *_ in extract("python", BytesIO(source.encode()), keywords=KEYWORDS)
    }


def catalog(name: str) -> dict[str, str]:
    with (ROOT / "locale" / name / "LC_MESSAGES" / "django.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and not m.fuzzy}


def test_words_are_found() -> None:
    """The control: a template's, a module's."""
    assert {"Show on the map", "Storm surge", "This data may be out of date."} <= words()


@pytest.mark.parametrize("name", ["ja", "ja_Easy"])
def test_every_word_has_its_translation(name: str) -> None:
    known = catalog(name)
    # The app's name is for the staff site only, where there is no easy Japanese.
    missing = {word for word in words() if not known.get(word)} - {"Portal"}
    assert missing == set()


def test_placeholders_stand_in_the_translations_too() -> None:
    for name in ("ja", "ja_Easy"):
        for message, text in catalog(name).items():
            if message in words() and text:
                assert placeholders(message) == placeholders(text), message


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))


def unread(text: str) -> list[str]:
    """Return the runs of kanji that no reading in brackets follows."""
    return list(re.findall(r"[\u4e00-\u9fff]+(?!（|[\u4e00-\u9fff])", text))


def test_easy_japanese_is_in_short_sentences_with_readings() -> None:
    assert unread("地図（ちず）を見る") == ["見"]  # the control
    for message, text in catalog("ja_Easy").items():
        if message not in words():
            continue
        assert unread(text) == [], text
        for sentence in re.sub(r"（[\u3040-\u309fー]+）", "", text).split("。"):
            assert len(sentence) <= LONGEST_SENTENCE, text
