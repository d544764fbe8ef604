"""Texts by language: the small dictionaries that titles and descriptions are."""

from collections.abc import Mapping

from django.conf import settings


def languages() -> list[str]:
    """Return the codes of the city's languages, its first one first."""
    return [code for code, _ in settings.LANGUAGES]


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, else in the site's first language, else empty."""
    return texts.get(language) or texts.get(settings.LANGUAGE_CODE) or ""
