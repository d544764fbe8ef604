"""Addresses of the OGC API. Collections are layers by their slug, items features by their id."""

from django.urls import path

from layers.ogc import feature_views, tile_views, views

app_name = "ogc"

_COLLECTION = "collections/<str:collection_id>"
_TILES = f"{_COLLECTION}/tiles"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("conformance", views.conformance, name="conformance"),
    path("api", views.api, name="api"),
    path("collections", views.collections, name="collections"),
    path(_COLLECTION, views.collection, name="collection"),
    path(f"{_COLLECTION}/queryables", views.queryables, name="queryables"),
    path(f"{_COLLECTION}/items", feature_views.items, name="items"),
    path(f"{_COLLECTION}/items/<str:feature_id>", feature_views.item, name="item"),
    path("tileMatrixSets", tile_views.tile_matrix_sets, name="tile_matrix_sets"),
    path("tileMatrixSets/<str:set_id>", tile_views.tile_matrix_set_view, name="tile_matrix_set"),
    path(_TILES, tile_views.tilesets, name="tilesets"),
    path(f"{_TILES}/<str:set_id>", tile_views.tileset, name="tileset"),
    path(
        f"{_TILES}/<str:set_id>/<str:matrix>/<str:row>/<str:column>",
        tile_views.tile,
        name="tile",
    ),
]
