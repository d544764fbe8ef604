"""Settings of the site.

Every value that an officer may change comes from the environment (docs/operations.md); everything
that differs between cities comes from cities/<slug>/city.toml.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from gis_portal.city import CityError, city_file, load_city
from gis_portal.secrets import local_secret
from gis_portal.wheels import LibraryMissing, library

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = Path(os.environ.get("GIS_PORTAL_LOCAL", BASE_DIR / ".local"))
"""What belongs to this machine only: the private database, secrets, received mail."""

# -- the city ---------------------------------------------------------------------------------

try:
    CITY = load_city(city_file(os.environ.get("CITY"), BASE_DIR / "cities"))
except CityError as error:
    raise ImproperlyConfigured(str(error)) from error

# -- how it runs ------------------------------------------------------------------------------

DEBUG = os.environ.get("DEBUG") == "1"
DEMO = os.environ.get("GIS_PORTAL_DEMO") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY") or local_secret(LOCAL_DIR / "secret-key")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000").rstrip("/")
"""The site's own address, for pages and feeds that are made when nobody asks for them."""
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if o]

try:
    GDAL_LIBRARY_PATH = library("pyogrio", "libgdal*", "GDAL_LIBRARY_PATH")
    GEOS_LIBRARY_PATH = library("shapely", "libgeos_c*", "GEOS_LIBRARY_PATH")
except LibraryMissing as error:
    raise ImproperlyConfigured(str(error)) from error

INSTALLED_APPS = [
    "gis_portal.portal",
    "importers",
    "layers",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.forms",  # its widgets' templates, so that ours can stand beside them
    "csp",
    "leaflet",
    "ninja",
    "procrastinate.contrib.django",
]

AUTHENTICATION_BACKENDS = ["layers.permissions.EveryLayerBackend"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Pages and API answers; files are compressed beforehand. It pads against BREACH.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "gis_portal.portal.middleware.DatabaseDownMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "gis_portal.urls"
WSGI_APPLICATION = "gis_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- database ---------------------------------------------------------------------------------


def _database_url() -> str:
    """Return DATABASE_URL, or the address of the project's own cluster as `make db` wrote it."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    written = LOCAL_DIR / "database-url"
    if written.is_file():
        return written.read_text(encoding="utf-8").strip()
    raise ImproperlyConfigured(
        "There is no database yet: run `make db`, or set DATABASE_URL (see docs/operations.md)."
    )


DATABASES = {"default": dj_database_url.parse(_database_url(), conn_max_age=60)}
DATABASES["default"]["ENGINE"] = "django.contrib.gis.db.backends.postgis"
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Somebody waiting for a page must be told soon that the database is away.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A job that was done leaves no row; one that failed stays to be looked at.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

# -- languages and time -----------------------------------------------------------------------

# やさしい日本語 is a language of its own here: Japanese script, separate human texts.
LANG_INFO.setdefault(
    "ja-easy",
    {"bidi": False, "code": "ja-easy", "name": "Easy Japanese", "name_local": "やさしい日本語"},
)
_LANGUAGE_NAMES = {"ja": "日本語", "ja-easy": "やさしい日本語", "en": "English"}
LANGUAGES = [(code, _LANGUAGE_NAMES.get(code, code)) for code in CITY.languages]
LANGUAGE_CODE = CITY.languages[0]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

# -- static files -----------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# -- mail -------------------------------------------------------------------------------------

EMAIL_HOST = os.environ.get("SMTP_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("SMTP_TLS") == "1"
EMAIL_TIMEOUT = 10
SERVER_EMAIL = DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "portal@localhost")
ADMINS = [("operators", a) for a in os.environ.get("OPERATORS", "").split(",") if a]
MAILBOX_DIR = LOCAL_DIR / "mail"
"""Where the demo's mail sink keeps what it received (a Maildir)."""

# -- imports ----------------------------------------------------------------------------------

IMPORT_DIR = Path(os.environ.get("IMPORT_DIR", LOCAL_DIR / "imports"))
IMPORT_MEMORY_MIB = int(os.environ.get("IMPORT_MEMORY_MIB", "2048"))
# What is chosen in a browser; the command line takes files of any size.
IMPORT_MAX_MB = int(os.environ.get("IMPORT_MAX_MB", "300"))
IMPORT_SECONDS = int(os.environ.get("IMPORT_SECONDS", "1800"))


def _grids() -> Path | None:
    """Return the folder of datum grids: DATUM_GRIDS, or where `make grids` puts them."""
    if named := os.environ.get("DATUM_GRIDS"):
        return Path(named)
    made = LOCAL_DIR / "grids"
    return made if made.is_dir() else None


DATUM_GRIDS = _grids()
"""GSI's correction grids; without them Tokyo Datum and JGD2000 land metres off (docs/import.md)."""

# -- publishing -------------------------------------------------------------------------------

BAKE_DIR = Path(os.environ.get("BAKE_DIR", LOCAL_DIR / "bake"))
"""The tree of files that the public reads (docs/publishing.md)."""
X_ACCEL = os.environ.get("X_ACCEL") == "1"
"""Whether nginx sends the staff's files, once Django has said who may have them."""

# -- security ---------------------------------------------------------------------------------


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, *sorted({_origin(base.url) for base in CITY.base_maps})],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# GSI asks who uses its tiles by the referrer; nothing more than the origin is told.
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = os.environ.get("HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- map --------------------------------------------------------------------------------------

LEAFLET_CONFIG = {
    "SPATIAL_EXTENT": CITY.bbox,
    "DEFAULT_CENTER": (CITY.start_latitude, CITY.start_longitude),
    "DEFAULT_ZOOM": CITY.start_zoom,
    "MIN_ZOOM": 8,
    "MAX_ZOOM": 19,
    "TILES": [
        (
            CITY.text(base.title, LANGUAGE_CODE),
            base.url,
            {
                "attribution": CITY.text(base.attribution, LANGUAGE_CODE),
                "minZoom": base.min_zoom,
                "maxNativeZoom": base.max_zoom,
            },
        )
        for base in CITY.base_maps
    ],
    "ATTRIBUTION_PREFIX": "",
    "NO_GLOBALS": False,
    "RESET_VIEW": False,
}

# -- logs -------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
        "operators": {
            "class": "django.utils.log.AdminEmailHandler",
            "level": "ERROR",
            "include_html": False,
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"handlers": ["operators"], "level": "ERROR"},
        # Says at every start which tasks it registers; jobs themselves are logged elsewhere.
        "procrastinate.periodic": {"level": "WARNING"},
        "procrastinate.blueprints": {"level": "WARNING"},
    },
}
