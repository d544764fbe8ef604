"""What every resource of the API does alike: methods, parameters, format, language, errors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_supported_language_variant, override
from django.utils.translation.trans_real import parse_accept_lang_header

from layers.models import Layer, LayerQuerySet
from layers.ogc import answers
from layers.ogc.links import GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from layers.ogc.params import refuse_unknown, shown, singles
from layers.ogc.problems import BadRequest, NotAllowed, NotFound, Problem

READING = ("GET", "HEAD")
COMMON = ("f", "lang")
_JSON_TYPES = (JSON, GEOJSON, SCHEMA, OPENAPI.split(";")[0])


@dataclass(frozen=True)
class Asked:
    """A request to a resource: its parameters (each once), format and language."""

    request: HttpRequest
    query: dict[str, str]
    format: str
    """json, html or mvt."""
    language: str

    @property
    def user(self) -> User | AnonymousUser:
        """Who asks."""
        return self.request.user

    @property
    def layers(self) -> LayerQuerySet:
        """The layers that the one who asks may see."""
        return Layer.objects.visible_to(self.user)

    def layer(self, slug: str) -> Layer:
        """Return a layer that the one who asks may see. Raises NotFound."""
        found = self.layers.filter(slug=slug).first() if "\0" not in slug else None
        if found is None:
            raise NotFound(f"There is no collection {shown(slug)}.")
        return found

    @property
    def translations(self) -> list[dict[str, Any]]:
        """This page's address in each language, as the page's frame lists them."""
        return [
            {
                "html": code.split("-")[0],
                "name": name,
                "url": self.here(lang=code),
                "current": code == self.language,
            }
            for code, name in settings.LANGUAGES
        ]

    @property
    def suffix(self) -> str:
        """What a page's own links carry: the language, where the address asked for one."""
        return f"?lang={self.language}" if "lang" in self.query else ""

    def url(self, name: str, *args: object, **query: str | None) -> str:
        """Return the absolute address of a resource; it keeps the language that was asked for."""
        asked = {key: value for key, value in query.items() if value is not None}
        if "lang" in self.query:
            asked.setdefault("lang", self.language)
        return self.absolute(reverse(f"ogc:{name}", args=args), asked)

    def here(self, **changed: str | None) -> str:
        """Return the address of what was asked for, with some parameters changed."""
        query = {
            key: value for key, value in {**self.query, **changed}.items() if value is not None
        }
        return self.absolute(self.request.path, query)

    def absolute(self, path: str, query: dict[str, str]) -> str:
        """Return an address of this site as a client elsewhere needs it."""
        return self.request.build_absolute_uri(f"{path}?{urlencode(query)}" if query else path)


View = Callable[..., HttpResponse]


def resource(
    *parameters: str,
    any_parameter: bool = False,
    formats: tuple[str, ...] = ("json", "html"),
) -> Callable[[View], View]:
    """Make a view of a function of ``Asked`` and the parts of the path.

    ``parameters``: what it takes beside the format and the language; with ``any_parameter`` the
    function looks for unknown ones itself. ``formats``: what ``f`` may be, the usual one first.
    """

    def made(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, **path: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                return answers.preflight()
            language = _by_header(request)
            try:
                if request.method not in READING:
                    raise NotAllowed("This API is read only: GET, HEAD and OPTIONS.")
                query = singles(dict(request.GET.lists()))
                if not any_parameter:
                    refuse_unknown(query, [*COMMON, *parameters])
                language = _language(request, query)
                asked = Asked(request, query, _format(request, query, formats), language)
                with override(language):
                    return view(asked, **path)
            except Problem as problem:
                with override(language):
                    return answers.problem(request, problem, html=_wants_html(request))

        answered.csrf_exempt = True  # type: ignore[attr-defined]
        return answered

    return made


def _format(request: HttpRequest, query: dict[str, str], formats: tuple[str, ...]) -> str:
    if "f" not in query:
        return "html" if "html" in formats and _wants_html(request) else formats[0]
    if query["f"] not in formats:
        raise BadRequest(f"f is {' or '.join(formats)} here, not {shown(query['f'])}.")
    return query["f"]


def _wants_html(request: HttpRequest) -> bool:
    """Return whether a page for people is asked for; what is not known gets JSON."""
    if (asked := request.GET.get("f")) in ("json", "html"):
        return asked == "html"
    return request.get_preferred_type([*_JSON_TYPES, HTML]) == HTML


def _language(request: HttpRequest, query: dict[str, str]) -> str:
    if "lang" not in query:
        return _by_header(request)
    codes = [code for code, _ in settings.LANGUAGES]
    if query["lang"] not in codes:
        raise BadRequest(f"lang is one of {', '.join(codes)}, not {shown(query['lang'])}.")
    return query["lang"]


def _by_header(request: HttpRequest) -> str:
    """Return the best of the site's languages for ``Accept-Language``."""
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
