"""Addresses of the public pages; the site puts the language before them."""

from django.urls import path

from gis_portal.portal import views
from gis_portal.portal.catalogue import catalogue_page

urlpatterns = [
    path("", views.map_page, name="map"),
    path("catalogue/", catalogue_page, name="catalogue"),
    path("features/<int:pk>/", views.feature_page, name="feature"),
]
