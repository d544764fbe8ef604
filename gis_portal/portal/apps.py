"""The app's registration."""

from collections.abc import Iterable

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from gis_portal.gazetteer import TownPoint, TownSource, read_towns_with


class PortalConfig(AppConfig):
    """The public face."""

    name = "gis_portal.portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Register the facts of a place's page, and how towns are read (docs/city.md)."""
        from gis_portal.portal.facts import public_facts
        from layers import panels

        read_towns_with(_towns)
        panels.register("facts", public_facts)


def _towns(source: TownSource) -> Iterable[TownPoint]:
    """Return the towns in a published table. Raises ValueError with a sentence that says why."""
    # Only when a city has such a table: projections and shapes take a while to load.
    from importers.messages import message
    from importers.problems import FileRefused
    from importers.towns import CityNamed, read

    named = CityNamed(source.code, source.city)
    try:
        return read(source.path, named, positions=source.positions).towns
    except FileRefused as refusal:
        raise ValueError(message(refusal)) from refusal
