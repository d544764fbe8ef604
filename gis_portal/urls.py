"""The site's addresses. Pages for people carry the language; machines' addresses do not."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from gis_portal.api import api
from gis_portal.portal.catalogue import catalogue_dcat, catalogue_feed
from gis_portal.portal.health import healthz
from gis_portal.portal.mailbox import sent_mail
from gis_portal.portal.sitemap import sitemap_index, sitemap_pages, sitemap_places
from layers.publish.staff_files import staff_file

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", api.urls),
    path("catalogue.jsonld", catalogue_dcat, name="catalogue_dcat"),
    path("catalogue.atom", catalogue_feed, name="catalogue_feed"),
    path("sitemap.xml", sitemap_index, name="sitemap"),
    path("sitemap-pages.xml", sitemap_pages, name="sitemap_pages"),
    path("sitemap-places-<int:after>.xml", sitemap_places, name="sitemap_places"),
    path("ogc/", include("layers.ogc.urls")),
    path("staff-baked/layers/<slug:slug>/<path:rest>", staff_file, name="staff_file"),
    path("demo/mail/", sent_mail, name="sent_mail"),
    *i18n_patterns(
        path("staff/imports/", include("importers.urls")),
        path("staff/", admin.site.urls),
        path("", include("gis_portal.portal.urls")),
        prefix_default_language=False,
    ),
]
