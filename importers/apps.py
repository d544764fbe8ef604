"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportersConfig(AppConfig):
    """Imports."""

    name = "importers"
    verbose_name = _("Imports")

    def ready(self) -> None:
        """Register the checks of ``manage.py check``."""
        from importers import checks  # noqa: F401
