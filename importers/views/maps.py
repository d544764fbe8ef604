"""What the maps of these screens start from."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from leaflet import app_settings as leaflet_settings

_LEAFLET = ("DEFAULT_CENTER", "DEFAULT_ZOOM", "MIN_ZOOM", "MAX_ZOOM", "SCALE")


def map_data(features: str) -> dict[str, Any]:
    """Return what the script needs (assets/imports/page.ts: MapPage), and Leaflet's settings.

    ``features`` is the address of what is to be drawn.
    """
    city, language = settings.CITY, get_language() or settings.LANGUAGE_CODE
    bases = [
        {
            "id": base.id,
            "title": city.text(base.title, language),
            "url": base.url,
            "attribution": city.text(base.attribution, language),
            "attributionUrl": base.attribution_url,
            "minZoom": base.min_zoom,
            "maxZoom": base.max_zoom,
        }
        for base in city.base_maps[:1]
    ]
    return {
        "leaflet": json.dumps({key: leaflet_settings[key] for key in _LEAFLET}),
        "data": {
            "language": language.split("-")[0],
            "base": bases[0] if bases else None,
            "city": city.bbox,
            "boundary": reverse("api-1:boundary"),
            "features": features,
            "words": {
                "moved": _("moved {metres} m"),
                "old": _("where it is now"),
                "new": _("where it would be"),
                "added": _("new"),
                "removed": _("removed"),
            },
        },
    }
