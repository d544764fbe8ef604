"""Media types by the ending of a name; nginx and the embedded server both take them from here."""

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
    ".gif": "image/gif",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".map": "application/json",
    ".mvt": "application/vnd.mapbox-vector-tile",
    ".pdf": "application/pdf",
    ".pmtiles": "application/vnd.pmtiles",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
OTHER = "application/octet-stream"


def media_type(name: str) -> str:
    """Return the media type of a file, by its name or address."""
    name = name.rpartition("/")[2]
    dot = name.rfind(".")
    return MEDIA_TYPES.get(name[dot:].lower(), OTHER) if dot >= 0 else OTHER
