"""Which address is which file, and what a cache may do with it (docs/publishing.md).

The rules are regular expressions, because nginx reads the same ones (``layers.publish.nginx``).
"""

import re
from pathlib import Path

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from layers.publish import tree
from layers.publish.answers import Headers

IMMUTABLE = "public, max-age=31536000, immutable"
CURRENT = "public, max-age=15, stale-while-revalidate=60"
"""The manifest and the pages: what they say changes."""
UNHASHED = "public, max-age=60"
NOTHING_HERE = "public, max-age=10"
"""What is not there may be there soon; until then nobody needs to ask twice a second."""
STAFF_ONLY = "private, max-age=31536000, immutable"

FOREVER = (f"{tree.PREFIX}layers/", f"{tree.PREFIX}shared/")
"""How addresses begin whose content never changes: there is a digest of it in them."""
NEVER = r"/\.|\.(?:gz|br)$|//|^/baked/layers/[^/]+/making-"
"""Addresses of files that are being written, of twins, and of folders that are being built."""
HASHED = r"\.[0-9a-f]{12}\.[^./]+$"
"""How the names of static files end that have a digest of the content in them."""
PAGE_REST = r"(?:[A-Za-z0-9_-]+/)*"
"""What may stand behind the language in the address of a page: folders, without any dot."""

_never = re.compile(NEVER)
_hashed = re.compile(HASHED)


def is_never(address: str) -> bool:
    """Whether an address names what is never sent, or is not written the one way it has."""
    return bool(_never.search(address)) or not {"\\", "\0"}.isdisjoint(address)


def other_languages() -> list[str]:
    """Return the languages that stand in addresses: all but the first."""
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


class Addresses:
    """Addresses and files, as the settings are now."""

    def __init__(self) -> None:
        """Read the settings once: they do not change while a process runs."""
        self._page = re.compile(
            rf"/(?:({'|'.join(map(re.escape, other_languages())) or '(?!)'})/)?({PAGE_REST})"
        )
        self._language = settings.LANGUAGE_CODE

    def file(self, address: str) -> str:
        """Return the path of what ``/baked/…`` or ``/static/…`` names; empty where it may not be.

        Whether a file lies there is not looked at.
        """
        if is_never(address):
            return ""
        try:
            address = address.encode("latin-1").decode()  # a WSGI path is bytes in disguise
        except UnicodeError:
            return ""
        if address.startswith(tree.PREFIX):
            return f"{tree.public_root()}{address}"
        name = address.removeprefix(settings.STATIC_URL)
        if settings.DEBUG and (found := finders.find(name)):
            return str(found)
        return str(Path(settings.STATIC_ROOT) / name)

    def page(self, address: str) -> tuple[str, str]:
        """Return the path of the file of a page, and its language; two empty texts for others."""
        found = self._page.fullmatch(address)
        if found is None:
            return "", ""
        language = found[1] or self._language
        return f"{tree.public_root()}/pages/{language}/{found[2]}index.html", language


def cache_control(address: str) -> str:
    """Return what a cache may do with what ``/baked/…`` or ``/static/…`` names."""
    if address.startswith(FOREVER):
        return IMMUTABLE
    if address.startswith(tree.PREFIX):
        return CURRENT
    return IMMUTABLE if _hashed.search(address) else UNHASHED


def page_headers() -> Headers:
    """Return the headers that Django sends with every page, for pages that lie as files.

    The middlewares themselves are asked. Scripts and styles of a file come from the site only: a
    nonce that everybody gets would be none.
    """
    request = HttpRequest()
    request.META = {"HTTP_X_FORWARDED_PROTO": "https" if settings.HTTPS else "http"}
    response = HttpResponse()
    del response["Content-Type"]

    def get_response(_: HttpRequest) -> HttpResponseBase:
        return response

    for middleware in (XFrameOptionsMiddleware, CSPMiddleware, SecurityMiddleware):
        middleware(get_response).process_response(request, response)  # it adds its headers
    policy = "Content-Security-Policy"
    if policy in response:  # its directives come in any order
        response[policy] = "; ".join(sorted(response[policy].split("; ")))
    return sorted(response.items())
