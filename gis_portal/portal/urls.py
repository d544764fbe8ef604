"""Placeholder until the portal's builder delivers."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("", lambda r: HttpResponse("soon"), name="map"),
    path("features/<int:pk>/", lambda r, pk: HttpResponse("soon"), name="feature"),
]
