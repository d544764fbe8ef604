"""What the templates ask for: the city's words, symbols, languages."""

import re
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.urls import translate_url
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from gis_portal.portal.published_urls import classes

register = template.Library()

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
SPRITE = "dist/symbols.svg"


def current_language() -> str:
    """Return the language of the page; the city's first where none is active."""
    return get_language() or settings.LANGUAGE_CODE


@register.simple_tag
def city_text(name: str) -> str:
    """Return a text of the city's configuration (``portal_name``, ``name`` …)."""
    city = settings.CITY
    text: str = city.text(getattr(city, name), current_language())
    return text


@register.simple_tag
def city_telephone() -> str:
    """Return the telephone number of who runs the portal; empty where none is configured."""
    telephone: str = settings.CITY.telephone
    return telephone


@register.simple_tag
def html_language() -> str:
    """Return the page's language for ``lang``: easy Japanese is Japanese."""
    return current_language().split("-")[0]


@register.simple_tag
def symbol(kind: str, size: str = "") -> SafeString:
    """Return the symbol of a kind of layer; words stand beside it."""
    return format_html(
        '<svg class="symbol{} kind-{}" viewBox="0 0 28 28" aria-hidden="true">'
        '<use href="{}#{}"/></svg>',
        f" symbol-{size}" if size else "",
        kind,
        static(SPRITE),
        kind,
    )


@register.filter
def spoken(text: str) -> SafeString:
    """Mark a text as Japanese where the page is in another language (names, addresses, sources)."""
    if html_language() != "ja" and JAPANESE.search(text):
        return format_html('<span lang="ja">{}</span>', text)
    return format_html("{}", text)


@register.filter
def title_in(layer: Any) -> str:
    """Return a layer's title in the page's language."""
    title: str = layer.title_in(current_language())
    return title


@register.simple_tag
def description_in(layer: Any) -> str:
    """Return a layer's description in the page's language; empty where there is none."""
    description: str = layer.description_in(current_language())
    return description


@register.filter
def legend(layer: Any) -> dict[str, Any] | None:
    """Return what the colours of a layer's areas mean, in the page's language."""
    return classes(layer, current_language())


@register.filter
def name_in(feature: Any) -> str:
    """Return a feature's name in the page's language."""
    name: str = feature.name_in(current_language())
    return name


@register.simple_tag(takes_context=True)
def languages(context: Context) -> list[dict[str, Any]]:
    """Return this page's address in each language. Without a request: the front page's."""
    request = context.get("request")
    here = request.get_full_path() if request else "/"
    return [
        {
            "code": code,
            "html": code.split("-")[0],
            "name": name,
            "url": translate_url(here, code),
            "current": code == current_language(),
        }
        for code, name in settings.LANGUAGES
    ]


@register.simple_tag
def city_boundary_source() -> str:
    """Return the attribution of the city's boundary."""
    city = settings.CITY
    attribution: str = city.text(city.boundary_source.attribution, current_language())
    return attribution
