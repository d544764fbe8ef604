"""The site's addresses. Pages for people carry the language; machines' addresses do not."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from gis_portal.api import api
from gis_portal.portal.health import healthz
from gis_portal.portal.mailbox import sent_mail
from layers.publish.staff_files import staff_file

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("staff-baked/layers/<slug:slug>/<path:rest>", staff_file, name="staff_file"),
    path("demo/mail/", sent_mail, name="sent_mail"),
    *i18n_patterns(
        path("staff/imports/", include("importers.urls")),
        path("staff/", admin.site.urls),
        path("", include("gis_portal.portal.urls")),
        prefix_default_language=False,
    ),
]
