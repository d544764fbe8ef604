"""The WSGI application (GeoDjango keeps GEOS handles a thread: WSGI, not ASGI).

Published files are answered before Django is asked.
"""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_portal.settings")
django_application = get_wsgi_application()

from layers.libraries import versions  # noqa: E402  (needs the settings)
from layers.publish.serving import Published  # noqa: E402

logging.getLogger(__name__).info(
    "Geometry libraries: %s", ", ".join(f"{name} {number}" for name, number in versions().items())
)

application = Published(django_application)
