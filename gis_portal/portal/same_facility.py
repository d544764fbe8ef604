"""The same facility in another list, known by its number."""

from collections.abc import Iterable

from importers.profiles import PROFILES, common_id
from layers.models import Feature, Layer


def same_facility(feature: Feature, layers: Iterable[Layer]) -> list[Feature]:
    """Return what other lists among ``layers`` hold of a feature's facility, by layer and key.

    A designated emergency site is to flee to, a designated shelter to stay in (災害対策基本法
    49条の4 and 49条の7): two lists of 国土地理院, which number a facility alike (共通ID).
    """
    profile, number = PROFILES.get(feature.layer.profile), common_id(feature.key)
    if profile is None or number is None:
        return []
    others = {link.profile for link in profile.linked}
    found = Feature.objects.filter(
        layer__in=[layer for layer in layers if layer.profile in others],
        key__startswith=f"E{number.place}",
    )
    return list(found.select_related("layer").order_by("layer__order", "key"))
