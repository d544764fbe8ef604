"""What is known before a file is read: by this machine, by the layer, and from earlier files."""

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.db.models.functions import Centroid

from importers.models import Import, SourceMapping
from importers.options import ImportOptions
from importers.values.kinds import known_types
from layers.models import Feature, Layer

CHOICES = ("profile", "key", "crs", "encoding", "layer_name")
"""What of ImportOptions a person chooses for one import."""

KNOWN_PLACES = 5_000


def options_of(act: Import) -> ImportOptions:
    """Return what a person chose for an import, and what this machine and the layer know."""
    chosen = {name: act.choices[name] for name in CHOICES if name in act.choices}
    layer = Layer.objects.filter(slug=act.slug).first()
    schema = layer.schema if layer else []
    mappings = dict(SourceMapping.objects.values_list("fingerprint", "mapping"))
    if mapping := act.choices.get("mapping"):
        mappings[mapping["layout"]] = mapping
    if layer and layer.profile and layer.key_column and "mapping" not in act.choices:
        chosen.setdefault("key", layer.key_column)
    return ImportOptions(
        **chosen,
        grids=settings.DATUM_GRIDS,
        mappings=mappings,
        types=known_types(schema),
        units={column["name"]: column["unit"] for column in schema if "unit" in column},
        known=_known(layer) if layer else {},
    )


def _known(layer: Layer) -> dict[str, tuple[float, float]]:
    """Return some places of a layer by key and by name: they tell a file's datum."""
    rows = layer.features.exclude(provenance=Feature.Provenance.ADDRESS_TOWN).annotate(
        middle=Centroid("geom")
    )
    known: dict[str, tuple[float, float]] = {}
    twice: set[str] = set()
    for key, name, middle in rows.values_list("key", "name", "middle")[:KNOWN_PLACES]:
        for label in {key, name} - {""}:
            twice |= {label} & known.keys()
            known[label] = (middle.x, middle.y)
    return {label: place for label, place in known.items() if label not in twice}


def is_remembered(layout: str) -> bool:
    """Say whether somebody settled what the columns of a layout are."""
    return SourceMapping.objects.filter(fingerprint=layout).exists()


def remember(act: Import, user: User | None) -> None:
    """Keep the mapping that an import was written with for the next file of its layout."""
    if mapping := act.choices.get("mapping"):
        SourceMapping.objects.update_or_create(
            fingerprint=mapping["layout"], defaults={"mapping": mapping, "changed_by": user}
        )
