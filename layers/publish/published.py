"""What is published now: the newest publication of each part of a layer."""

from collections.abc import Iterable
from pathlib import Path

from django.db.models import Q

from layers.models import Layer, Publication
from layers.publish import tree

Part = Publication.Part


def newest(layer: Layer, part: str) -> Publication | None:
    """Return the publication that is current, None where the part was never baked.

    One that was baked for another audience is not current: a layer that became staff's own has no
    public part, and the other way about.
    """
    return (
        Publication.objects.filter(layer=layer, part=part, public=layer.is_public)
        .order_by("-pk")
        .first()
    )


def newest_of(layers: Iterable[Layer]) -> dict[int, dict[str, Publication]]:
    """Return the current publications of many layers with one query: by layer's id, then by part.

    The same rule as ``newest``; a layer that was never baked has an empty entry.
    """
    found: dict[int, dict[str, Publication]] = {layer.pk: {} for layer in layers}
    own_audience = Q(public=True, layer__visibility=Layer.Visibility.PUBLIC) | Q(
        public=False, layer__visibility=Layer.Visibility.STAFF
    )
    current = (
        Publication.objects.filter(own_audience, layer__in=found)
        .order_by("layer_id", "part", "-pk")
        .distinct("layer_id", "part")
    )
    for publication in current:
        found[publication.layer_id][publication.part] = publication
    return found


def folder(layer: Layer, publication: Publication) -> Path:
    """Return where the files of a publication lie."""
    return tree.part_folder(
        layer.slug, publication.part, publication.digest, public=publication.public
    )


def address(layer: Layer, publication: Publication) -> str:
    """Return the address of a publication's files, with a slash at its end."""
    return tree.part_address(
        layer.slug, publication.part, publication.digest, public=publication.public
    )


def tile(layer: Layer, z: int, x: int, y: int) -> Path | None:
    """Return the file of a layer's tile; None where the layer is not baked or has nothing there.

    ``x`` is the column, ``y`` the row from the north (Web Mercator).
    """
    publication = newest(layer, Part.MAP)
    if publication is None:
        return None
    path = folder(layer, publication) / "tiles" / str(z) / str(x) / f"{y}.mvt"
    return path if path.is_file() else None
