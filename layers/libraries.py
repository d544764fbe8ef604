"""Which geometry libraries are in use. For the start-up line, the checks and /healthz."""

from django.contrib.gis.gdal.libgdal import gdal_version
from django.contrib.gis.geos.libgeos import geos_version


def versions() -> dict[str, str]:
    """Return the versions of GDAL and GEOS in use."""
    return {
        "GDAL": gdal_version().decode(),
        "GEOS": geos_version().decode().split("-")[0],
    }
