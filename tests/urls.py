"""The site's addresses, and the published files that a web server hands out in earnest."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import re_path
from django.views.static import serve

from gis_portal.urls import urlpatterns as site


def baked(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return a published file."""
    return serve(request, path, Path(settings.BAKE_DIR) / "public" / "baked")


urlpatterns = [re_path(r"^baked/(?P<path>.*)$", baked), *site]
