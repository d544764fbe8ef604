"""The app's registration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The public face."""

    name = "gis_portal.portal"
    verbose_name = _("Portal")
