"""GDAL and GEOS from the pyogrio and shapely wheels: GeoDjango needs nothing installed.

``GDAL_LIBRARY_PATH`` and ``GEOS_LIBRARY_PATH`` in the environment win over the wheels.
"""

import ctypes
import os
from importlib.util import find_spec
from pathlib import Path


class LibraryMissing(Exception):
    """A geometry library can't be loaded; the text says which and what to do."""


def library(package: str, pattern: str, variable: str) -> str | None:
    """Return the path of a shared library: the environment's, else the wheel's, else None.

    None leaves the search to Django (the system's library). Raises LibraryMissing where the library
    found can't be loaded: GeoDjango would say so only as a stack trace, at the first model.
    """
    path = os.environ.get(variable) or _in_wheel(package, pattern)
    if path is None:
        return None
    try:
        ctypes.CDLL(path)
    except OSError as error:
        raise LibraryMissing(
            f"The geometry library {path} can't be loaded ({error}). Run `make setup` again: it "
            f"comes with the Python package {package}. If {variable} is set, it must name a "
            "library file."
        ) from error
    return path


def _in_wheel(package: str, pattern: str) -> str | None:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    # Wheels keep their libraries beside the package (Linux: <package>.libs, macOS: .dylibs inside).
    site = Path(spec.origin).parent.parent
    for folder in (site / f"{package}.libs", site / package / ".dylibs"):
        for found in sorted(folder.glob(pattern)):
            return str(found)
    return None
