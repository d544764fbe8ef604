"""The app's registration."""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from layers.models import Layer


class LayersConfig(AppConfig):
    """Layers and features."""

    name = "layers"
    verbose_name = _("Layers")

    def ready(self) -> None:
        """Publish a layer after whatever was done to it: a change set, or new words for it."""
        post_save.connect(_changed, sender="layers.Layer", dispatch_uid="publish")


def _changed(instance: "Layer", **_kwargs: Any) -> None:
    from layers.publish import bake
    from layers.tasks import ask

    def publish() -> None:
        # What became staff's own is gone from the public before anybody is told that it is.
        if not instance.is_public:
            bake.withdrawn(instance)
        ask(instance.pk)

    transaction.on_commit(publish, robust=True)
