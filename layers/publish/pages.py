"""Pages for people as files: rendered as anybody sees them, who is not signed in."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.wsgi import WSGIRequest
from django.db.models import Count, QuerySet
from django.urls import resolve, reverse
from django.utils.translation import override

from layers.models import Feature, Layer
from layers.publish import tree
from layers.texts import languages

MAP, CATALOGUE = "map", "catalogue"
"""The names of the pages that any change may change."""
MOST_PAGED = 2_000
"""Features of a layer up to which each has its page as a file; the others' come from the
application. A facility's page is what somebody in trouble is sent to; a parcel's is not."""


def front(*names: str) -> int:
    """Write the pages of these names (``MAP``, ``CATALOGUE``) in every language.

    Returns how many pages became others.
    """
    return sum(
        _written(language, _address(language, name)) for language in languages() for name in names
    )


def of_features(ids: Iterable[int]) -> int:
    """Write the pages of features, or remove them where nobody may see them (any more).

    Returns how many pages became others.
    """
    ids = set(ids)
    seen = set(_paged().filter(pk__in=ids).values_list("pk", flat=True))
    changed = 0
    for pk in sorted(ids):
        for language in languages():
            address = _address(language, "feature", pk)
            changed += _written(language, address) if pk in seen else _removed(language, address)
    return changed


def of_all() -> int:
    """Write the pages of all features that have one, remove those of others."""
    there = {int(path.name) for path in _folder().glob("*/features/*") if path.name.isdigit()}
    return of_features(there.union(_paged().values_list("pk", flat=True)))


def forget_places() -> None:
    """Remove the pages of all features."""
    for folder in _folder().glob("*/features"):
        tree.clear(folder)


def path_of(language: str, address: str) -> Path:
    """Return the file of a page: its address without the language, under the language's folder."""
    prefix = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
    return _folder() / language / address.removeprefix(prefix) / "index.html"


def rendered(language: str, address: str) -> bytes | None:
    """Return a page as somebody who is not signed in gets it, None where there is no such page."""
    site = urlsplit(settings.SITE_URL)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address,
            "SERVER_NAME": site.hostname,
            "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
            "wsgi.url_scheme": site.scheme,
            "wsgi.input": BytesIO(),
        }
    )
    request.user = AnonymousUser()
    with override(language):
        view = resolve(address)
        response = view.func(request, *view.args, **view.kwargs)
    return response.content if response.status_code == 200 else None


def _written(language: str, address: str) -> bool:
    content, path = rendered(language, address), path_of(language, address)
    if content is None:
        return _removed(language, address)
    if path.is_file() and path.read_bytes() == content:
        return False
    tree.write(path, content)
    return True


def _removed(language: str, address: str) -> bool:
    path = path_of(language, address)
    if not path.exists():
        return False
    for file in path.parent.glob("index.html*"):
        file.unlink()
    path.parent.rmdir()
    return True


def _paged() -> QuerySet[Feature]:
    layers = Layer.objects.filter(visibility=Layer.Visibility.PUBLIC)
    few = layers.annotate(many=Count("features")).filter(many__lte=MOST_PAGED)
    return Feature.objects.filter(layer__in=list(few))


def _address(language: str, name: str, *arguments: int) -> str:
    with override(language):
        return reverse(name, args=arguments)


def _folder() -> Path:
    return tree.public_root() / "pages"
