"""Lists in pages, as the screens' addresses ask for them."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from importers.sides import Page, place_in

PER_PAGE = 25
Listed = TypeVar("Listed", bound=Model)


def page_number(request: HttpRequest) -> int:
    """Return which page of a list an address asks for; the first where it says nothing."""
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1


def paged(found: QuerySet[Listed], page: int) -> Page[Listed]:
    """Return a page of a query's rows."""
    total = found.count()
    number, part = place_in(total, page, PER_PAGE)
    return Page(list(found[part["offset"] :][:PER_PAGE]), number, PER_PAGE, total)
