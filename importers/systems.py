"""The coordinate systems Japanese files come in: codes, zones and their parameters.

Systems are compared by EPSG code, never by name (EPSG v12 renames JGD2011 to JGD2024). Figures and
codes: specs/import.md, "Japanese CRS facts".
"""

from dataclasses import dataclass
from typing import Literal

Datum = Literal["JGD2011", "JGD2000", "Tokyo", "WGS84"]
Kind = Literal["geographic", "plane", "utm", "mercator"]

GEOGRAPHIC: dict[Datum, int] = {"JGD2011": 6668, "JGD2000": 4612, "Tokyo": 4301, "WGS84": 4326}
PLANE_ZONE_I: dict[Datum, int] = {"JGD2011": 6669, "JGD2000": 2443, "Tokyo": 30161}
UTM_51N: dict[Datum, int] = {"JGD2011": 6688, "JGD2000": 3097, "Tokyo": 3092, "WGS84": 32651}
WEB_MERCATOR = 3857
UTM_ZONES = range(51, 56)
UTM_ZONES_WGS84 = range(51, 57)
"""Zone 56 (南鳥島) has a code in WGS 84 only."""

WEB_MERCATOR_ALIASES = frozenset([900913, 3785, 102100, 102113])
"""What Web Mercator was called before it had its code."""

# Origins (latitude, longitude in degrees) of zones I–XIX: 平成14年国土交通省告示第9号.
PLANE_ORIGINS: tuple[tuple[float, float], ...] = (
    (33, 129.5),
    (33, 131),
    (36, 132 + 1 / 6),
    (33, 133.5),
    (36, 134 + 1 / 3),
    (36, 136),
    (36, 137 + 1 / 6),
    (36, 138.5),
    (36, 139 + 5 / 6),
    (40, 140 + 5 / 6),
    (44, 140.25),
    (44, 142.25),
    (44, 144.25),
    (26, 142),
    (26, 127.5),
    (26, 124),
    (26, 131),
    (20, 136),
    (26, 154),
)
ROMAN = [
    "I",
    "II",
    "III",
    "IV",
    "V",
    "VI",
    "VII",
    "VIII",
    "IX",
    "X",
    "XI",
    "XII",
    "XIII",
    "XIV",
    "XV",
    "XVI",
    "XVII",
    "XVIII",
    "XIX",
]

# West, south, east, north of Japan's islands: 与那国島, 沖ノ鳥島, 南鳥島, 択捉島, with a margin.
JAPAN = (122.0, 20.0, 154.5, 46.0)


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system the importers read; coordinates are always x (east, longitude) first."""

    epsg: int
    datum: Datum
    kind: Kind
    zone: int = 0

    @property
    def geographic(self) -> int:
        """The EPSG code of the same datum in degrees."""
        return GEOGRAPHIC[self.datum]

    @property
    def label(self) -> str:
        """What to show a person: code, datum and zone."""
        zone = ""
        if self.kind == "plane":
            zone = f" / {ROMAN[self.zone - 1]}"
        elif self.kind == "utm":
            zone = f" / UTM {self.zone}N"
        return f"EPSG:{self.epsg} ({self.datum}{zone})"


def _systems() -> dict[int, System]:
    systems = [System(code, datum, "geographic") for datum, code in GEOGRAPHIC.items()]
    for datum, first in PLANE_ZONE_I.items():
        systems += [System(first + zone - 1, datum, "plane", zone) for zone in range(1, 20)]
    for datum, first in UTM_51N.items():
        zones = UTM_ZONES_WGS84 if datum == "WGS84" else UTM_ZONES
        systems += [System(first + zone - 51, datum, "utm", zone) for zone in zones]
    systems.append(System(WEB_MERCATOR, "WGS84", "mercator"))
    return {system.epsg: system for system in systems}


SYSTEMS = _systems()
