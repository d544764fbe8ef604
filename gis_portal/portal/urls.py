"""Addresses of the public pages; the site puts the language before them."""

from django.urls import path

from gis_portal.portal import views

urlpatterns = [
    path("", views.map_page, name="map"),
    path("features/<int:pk>/", views.feature_page, name="feature"),
]
