"""What is near a place, and how far that is on foot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import Distance, GeometryDistance
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from layers.models import Feature, Layer

SHOWN = 5
CANDIDATES = 40
"""Candidates come by degrees, which the index answers; degrees are not as long east as north."""

WALKING_METRES_A_MINUTE = 80
"""80 m a minute, begun minutes counted whole (不動産の表示に関する公正競争規約施行規則 第9条)."""

SAME_PLACE_METRES = 10
LONGEST_WALK_MINUTES = 60
FARTHEST_METRES = 20_000
"""Beyond that nothing is near."""


@dataclass(frozen=True)
class Nearby:
    """A feature and its distance in a straight line, metres.

    ``rough`` where either position is only that of a town: then nothing exact is said.
    """

    feature: Feature
    metres: float
    rough: bool = False

    @property
    def distance(self) -> str:
        """The distance in words, with the time on foot where one would walk."""
        if not self.rough:
            return distance_in_words(self.metres)
        if self.metres < SAME_PLACE_METRES:
            return _("Somewhere in the same town")
        return _("About {length}, from the middle of the town").format(length=length(self.metres))


def nearby(feature: Feature, layers: Sequence[Layer]) -> list[Nearby]:
    """Return the nearest other features of layers, nearest first."""
    found = (
        Feature.objects.filter(layer__in=layers)
        .exclude(pk=feature.pk)
        .defer("properties")
        .annotate(degrees=GeometryDistance("geom", feature.geom))
        .annotate(metres=Distance("geom", feature.geom))
        .order_by("degrees")[:CANDIDATES]
    )
    by_id = {layer.pk: layer for layer in layers}
    for near in found:
        near.layer = by_id[near.layer_id]  # known already: no join for each of the candidates
    town = Feature.Provenance.ADDRESS_TOWN
    places = [
        Nearby(near, near.metres.m, rough=town in {near.provenance, feature.provenance})
        for near in found
    ]
    places.sort(key=lambda near: (near.metres, near.feature.pk))
    return [near for near in places[:SHOWN] if near.metres <= FARTHEST_METRES]


def walking_minutes(metres: float) -> int:
    """Return the minutes it takes on foot, at least one."""
    return max(1, math.ceil(metres / WALKING_METRES_A_MINUTE))


def distance_in_words(metres: float) -> str:
    """Return e.g. «350 m（徒歩 約5分）»; far ones without the walk."""
    if metres < SAME_PLACE_METRES:
        return _("At the same place")
    minutes = walking_minutes(metres)
    if minutes > LONGEST_WALK_MINUTES:
        return length(metres)
    return _("{length} (about {minutes} min on foot)").format(
        length=length(metres), minutes=minutes
    )


def length(metres: float) -> str:
    """Return e.g. «350 m» or «1.2 km»."""
    if metres < 995:
        return f"{round(metres, -1):.0f} m"
    return f"{number_format(metres / 1000, 1)} km"
