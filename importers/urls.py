"""Addresses of the importers' screens, below /staff/imports/."""

from django.urls import path, re_path

from importers.views import check, listing, progress, reading, result, start

urlpatterns = [
    path("", listing.listing, name="imports"),
    path("new/", start.start, name="import_start"),
    path("layers/<slug:slug>/", listing.history, name="import_history"),
    path("changes/<int:pk>/", result.undo, name="import_undo"),
    path("changes/<int:pk>/state.json", result.undo_json, name="import_undo_state"),
    path("changes/<int:pk>/changes.geojson", result.undo_drawn, name="import_undo_geometry"),
    path("<int:pk>/", progress.where, name="import"),
    path("<int:pk>/progress/", progress.progress, name="import_progress"),
    path("<int:pk>/progress.json", progress.progress_json, name="import_state"),
    path("<int:pk>/drop/", progress.drop, name="import_drop"),
    path("<int:pk>/again/", progress.again, name="import_again"),
    path("<int:pk>/reading/", reading.reading, name="import_reading"),
    path("<int:pk>/overlay.json", reading.overlay, name="import_overlay"),
    path("<int:pk>/columns/", reading.columns, name="import_columns"),
    path("<int:pk>/check/", check.check, name="import_check"),
    path("<int:pk>/changes.geojson", check.geometry, name="import_geometry"),
    path("<int:pk>/confirm/", check.confirm, name="import_confirm"),
    path("<int:pk>/result/", result.result, name="import_result"),
    re_path(r"^(?P<pk>\d+)/report\.(?P<form>csv|xlsx)$", check.download, name="import_report"),
]
