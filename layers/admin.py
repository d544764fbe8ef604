"""Staff screens for layers, features and the record of changes."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from leaflet.admin import LeafletGeoAdmin

from layers.changes import AlreadyUndone, UndoConflict, recording, undo
from layers.forms import FeatureForm, LayerForm
from layers.models import ChangeSet, Feature, Layer


@admin.register(Layer)
class LayerAdmin(admin.ModelAdmin):
    """Layers: titles, order, who sees them, where they come from."""

    form = LayerForm
    list_display = ("__str__", "slug", "kind", "visibility", "order", "count", "source_date")
    list_filter = ("kind", "visibility")
    search_fields = ("slug", "title")
    readonly_fields = ("version", "profile", "key_column", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Layer]:
        """Count the features in the same query."""
        return Layer.objects.with_counts()

    @admin.display(description=gettext_lazy("features"))
    def count(self, layer: Layer) -> int:
        """Return how many features the layer has."""
        return layer.feature_count  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Layer | None = None) -> list[str]:
        """Keep what features already depend on."""
        fixed = ["slug", "geometry_type"] if obj and obj.version else []
        return [*self.readonly_fields, *fixed]

    def has_delete_permission(self, request: HttpRequest, obj: Layer | None = None) -> bool:
        """Refuse: a layer with a record is hidden (staff only), not erased."""
        return False


@admin.register(Feature)
class FeatureAdmin(LeafletGeoAdmin):
    """Features: each save is a change set in the editor's name."""

    form = FeatureForm
    list_display = ("__str__", "layer", "address", "provenance", "updated_at")
    list_filter = ("layer", "provenance")
    list_select_related = ("layer",)
    search_fields = ("name", "name_kana", "name_en", "address", "key")
    readonly_fields = ("updated_at",)

    def get_readonly_fields(self, request: HttpRequest, obj: Feature | None = None) -> list[str]:
        """Keep a feature in its layer and under its key."""
        return [*self.readonly_fields, *(["layer", "key"] if obj else [])]

    def save_model(
        self, request: HttpRequest, obj: Feature, form: FeatureForm, change: bool
    ) -> None:
        """Save inside a change set. A geometry that was not moved keeps its very bits."""
        if change and "geom" not in form.changed_data:
            obj.geom = Feature.objects.only("geom").get(pk=obj.pk).geom
        else:
            obj.provenance = Feature.Provenance.HAND
        with recording(obj.layer, ChangeSet.Act.EDIT, note=str(obj), user=request.user):  # type: ignore[arg-type]
            super().save_model(request, obj, form, change)
        if obj.layer.is_public:
            messages.info(request, _("The public map shows this within a few seconds."))

    def delete_model(self, request: HttpRequest, obj: Feature) -> None:
        """Remove inside a change set, so that it can be undone."""
        with recording(obj.layer, ChangeSet.Act.EDIT, note=str(obj), user=request.user):  # type: ignore[arg-type]
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Feature]) -> None:
        """Remove several features, one change set a layer."""
        for layer in Layer.objects.filter(pk__in=queryset.order_by().values("layer")):
            with recording(layer, ChangeSet.Act.EDIT, user=request.user):  # type: ignore[arg-type]
                queryset.filter(layer=layer).delete()


@admin.register(ChangeSet)
class ChangeSetAdmin(admin.ModelAdmin):
    """The record: who changed what, and the way back."""

    list_display = ("id", "act", "layer", "note", "counts", "created_by", "created_at", "undone")
    list_filter = ("layer", "act")
    list_select_related = ("layer", "created_by", "undone_by")
    actions = ("undo_acts",)

    @admin.display(boolean=True, description=gettext_lazy("undone"))
    def undone(self, act: ChangeSet) -> bool:
        """Return whether the act was undone."""
        return hasattr(act, "undone_by")

    @admin.action(description=gettext_lazy("Undo the selected change sets"), permissions=["undo"])
    def undo_acts(self, request: HttpRequest, queryset: QuerySet[ChangeSet]) -> None:
        """Undo the selected acts, newest first; say of each why it can't be."""
        for act in queryset.order_by("-pk"):
            try:
                undo(act, user=request.user)  # type: ignore[arg-type]
            except AlreadyUndone:
                messages.warning(request, _("%(act)s was undone before.") % {"act": act})
            except UndoConflict as conflict:
                messages.error(
                    request,
                    _(
                        "%(act)s can't be undone: %(count)d of its features changed since "
                        "(%(keys)s). Undo the later change sets first."
                    )
                    % {
                        "act": act,
                        "count": len(conflict.keys),
                        "keys": ", ".join(conflict.keys[:5]),
                    },
                )
            else:
                messages.success(request, _("%(act)s was undone.") % {"act": act})

    def has_undo_permission(self, request: HttpRequest) -> bool:
        """Ask who may change features."""
        return request.user.has_perm("layers.change_feature")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the record is written by acts."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the record is written by acts."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the record is kept."""
        return False
