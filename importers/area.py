"""What the importers need to know of the city: where it is, and where its towns are."""

from collections.abc import Mapping
from typing import Protocol

from shapely.geometry.base import BaseGeometry


class Placed(Protocol):
    """A point for an address, in degrees (JGD2011), and the town whose point it is."""

    @property
    def lon(self) -> float:
        """Longitude in degrees."""
        ...

    @property
    def lat(self) -> float:
        """Latitude in degrees."""
        ...

    @property
    def town(self) -> str:
        """The town's name."""
        ...


class Gazetteer(Protocol):
    """The city's towns, looked up by an address."""

    def place(self, address: str, /) -> Placed | None:
        """Return the point of the town an address lies in, or None when it names none."""
        ...


class City(Protocol):
    """The part of ``gis_portal.city.City`` the importers read (they import no app of the site)."""

    @property
    def name(self) -> Mapping[str, str]:
        """The city's name by language."""
        ...

    @property
    def code(self) -> str:
        """The city's local government code: six digits, the last a check digit."""
        ...

    @property
    def zone(self) -> int:
        """The zone of the plane rectangular system, 1–19."""
        ...

    @property
    def boundary(self) -> BaseGeometry:
        """The city's area in degrees, longitude first."""
        ...

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        ...

    @property
    def gazetteer(self) -> Gazetteer | None:
        """The city's towns, or None where none are configured."""
        ...
