"""The same facility in another list, known by its number."""

from collections.abc import Iterable

from importers.profiles import common_id
from layers.models import Feature, Layer

_KINDS = (Layer.Kind.EMERGENCY_SITE, Layer.Kind.SHELTER)


def same_facility(feature: Feature, layers: Iterable[Layer]) -> list[Feature]:
    """Return what the other list among ``layers`` holds of a feature's facility, by layer and key.

    A designated emergency site is to flee to, a designated shelter to stay in (災害対策基本法
    49条の4 and 49条の7): two lists, in which a facility has the same number (共通ID of 国土地理院).
    """
    number = common_id(feature.key)
    if number is None or feature.layer.kind not in _KINDS:
        return []
    alike = Feature.objects.filter(
        layer__in=[layer for layer in layers if layer.kind in _KINDS],
        key__startswith=f"E{number.place}",
    )
    ordered = alike.select_related("layer").order_by("layer__order", "key")
    return [f for f in ordered if (other := common_id(f.key)) and other.type != number.type]
