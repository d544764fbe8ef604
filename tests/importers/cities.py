"""Two cities to import into: a box for an area, and a few towns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import shapely
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Town:
    lon: float
    lat: float
    town: str


@dataclass(frozen=True)
class Towns:
    towns: tuple[Town, ...]

    def place(self, address: str, /) -> Town | None:
        return next((town for town in self.towns if town.town in address), None)


@dataclass(frozen=True)
class BoxCity:
    """A city whose boundary is a box: all that the importers ask of one."""

    bbox: tuple[float, float, float, float]
    zone: int
    name: Mapping[str, str]
    code: str = "062057"
    gazetteer: Towns | None = field(default=None)

    @cached_property
    def boundary(self) -> BaseGeometry:
        return shapely.box(*self.bbox)


# The box of the whole of 新庄市: specs/import.md.
SHINJO = BoxCity(
    (140.193, 38.697, 140.494, 38.903),
    10,
    {"ja": "新庄市", "en": "Shinjo City"},
    "062057",
    Towns((Town(140.30109, 38.76613, "本町"), Town(140.29836, 38.76159, "大町"))),
)
YAIZU = BoxCity((138.22, 34.75, 138.37, 34.95), 8, {"ja": "焼津市", "en": "Yaizu City"}, "222127")
