"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LayersConfig(AppConfig):
    """Layers and features."""

    name = "layers"
    verbose_name = _("Layers")
