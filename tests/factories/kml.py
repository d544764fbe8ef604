"""KML and KMZ files made as text, as Google Earth, My Maps and QGIS write them."""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tests.factories.shapefile import zip_of

KML = "http://www.opengis.net/kml/2.2"
POINT = "<Point><coordinates>140.30,38.76,0</coordinates></Point>"
LINE = "<LineString><coordinates>140.30,38.76 140.31,38.77</coordinates></LineString>"
AREA = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
    "140.30,38.76,0 140.31,38.76,0 140.31,38.77,0 140.30,38.76,0"
    "</coordinates></LinearRing></outerBoundaryIs></Polygon>"
)


def placemark(
    name: str = "図書館",
    shape: str = POINT,
    *,
    description: str | None = None,
    data: Mapping[str, str] | None = None,
    inside: str = "",
    identifier: str = "",
) -> str:
    """Return a placemark; ``data`` become ExtendedData, ``inside`` is put in as it is."""
    extended = "".join(
        f"<Data name={quoteattr(key)}><value>{escape(value)}</value></Data>"
        for key, value in (data or {}).items()
    )
    return (
        f"<Placemark{f' id={quoteattr(identifier)}' if identifier else ''}>"
        f"<name>{escape(name)}</name>"
        + (f"<description><![CDATA[{description}]]></description>" if description else "")
        + (f"<ExtendedData>{extended}</ExtendedData>" if extended else "")
        + f"{inside}{shape}</Placemark>"
    )


def folder(name: str, *placemarks: str) -> str:
    """Return a folder of placemarks (or of folders)."""
    return f"<Folder><name>{escape(name)}</name>{''.join(placemarks)}</Folder>"


def document(*parts: str, namespace: str = KML, prolog: str = "", encoding: str = "UTF-8") -> str:
    """Return a KML document; ``prolog`` stands between the XML declaration and the root."""
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n{prolog}<kml xmlns="{namespace}">'
        f"<Document><name>地図</name>{''.join(parts)}</Document></kml>"
    )


def write_kml(path: Path, *parts: str, encoding: str = "utf-8", **options: str) -> Path:
    """Write a KML file in an encoding that Python knows, declared as it is called in XML."""
    path.write_bytes(document(*parts, **options).encode(encoding))
    return path


def write_kmz(path: Path, *parts: str, others: Mapping[str, bytes] | None = None) -> Path:
    """Write a KMZ: ``doc.kml``, and whatever else lies in it."""
    return zip_of({"doc.kml": document(*parts).encode(), **(others or {})}, path)
