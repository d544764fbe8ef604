"""The catalogue: every public layer as a data set, with its files, for people and for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models import Extent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from gis_portal.portal import dcat, schema_org
from gis_portal.portal.templatetags.portal import current_language
from layers.models import Layer, Publication
from layers.publish import published

FORMATS = {
    "geojson": "GeoJSON",
    "csv": "CSV",
    "gpkg": "GeoPackage",
    "kml": "KML",
    "shapefile": "Shapefile",
    "pmtiles": "PMTiles",
}
ENCODINGS = {"cp932": "CP932", "utf-8": "UTF-8"}


@dataclass(frozen=True)
class File:
    """A file to download. ``url`` begins with a slash."""

    name: str
    format: str
    media_type: str
    bytes: int
    encoding: str
    url: str

    @property
    def label(self) -> str:
        """What a person calls the format; a shapefile with its encoding, which one has to know."""
        name = FORMATS.get(self.format, self.format)
        if self.format != "shapefile":
            return name
        return f"{name} ({ENCODINGS.get(self.encoding, self.encoding or self.name)})"


@dataclass(frozen=True)
class Dataset:
    """A public layer, and the files that hold it; none where they are not made yet."""

    layer: Layer
    count: int
    bbox: tuple[float, float, float, float] | None
    files: Sequence[File]

    @property
    def updated(self) -> datetime:
        """When its content last changed."""
        return self.layer.updated_at


def datasets() -> list[Dataset]:
    """Return the public layers in the order of the map, whoever asks."""
    layers = Layer.objects.visible_to(AnonymousUser()).with_counts()
    return [
        Dataset(layer, layer.feature_count, layer.extent, files(layer))  # type: ignore[attr-defined]
        for layer in layers.annotate(extent=Extent("features__geom"))
    ]


def files(layer: Layer) -> list[File]:
    """Return the files of a layer's newest downloads."""
    publication = published.newest(layer, Publication.Part.DOWNLOADS)
    if publication is None:
        return []
    address = published.address(layer, publication)
    listed: list[Mapping[str, Any]] = publication.facts.get("files", [])
    return [
        File(
            each["name"],
            each["format"],
            each["media_type"],
            each["bytes"],
            each.get("encoding", ""),
            f"{address}{each['name']}",
        )
        for each in listed
    ]


@require_safe
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """Show all data sets, with their files."""
    found = datasets()
    data = schema_org.catalogue(found, request.build_absolute_uri, current_language())
    return render(
        request, "portal/catalogue.html", {"datasets": found, "linked": schema_org.script(data)}
    )


@require_safe
def catalogue_dcat(request: HttpRequest) -> HttpResponse:
    """Return the catalogue as DCAT 3 in JSON-LD, for other catalogues to harvest."""
    return JsonResponse(
        dcat.catalogue(datasets(), request.build_absolute_uri),
        content_type="application/ld+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
def catalogue_feed(request: HttpRequest) -> HttpResponse:
    """Return an Atom feed of the data sets, what changed last first, in the city's language."""
    language = settings.LANGUAGE_CODE
    with override(language):
        page = request.build_absolute_uri(reverse("catalogue"))
        city = settings.CITY
        feed = Atom1Feed(
            title=_("Data to download: %(portal)s")
            % {"portal": city.text(city.portal_name, language)},
            link=page,
            description=None,
            language=language,
            author_name=city.text(city.contact_name, language),
            feed_url=request.build_absolute_uri(),
        )
        for each in sorted(datasets(), key=lambda found: found.updated, reverse=True):
            layer = each.layer
            feed.add_item(
                title=layer.title_in(language),
                link=f"{page}#{layer.slug}",
                description=layer.description_in(language) or layer.title_in(language),
                updateddate=each.updated,
                pubdate=each.updated,
                unique_id=f"{page}#{layer.slug}",
                item_copyright=layer.licence or None,
            )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
