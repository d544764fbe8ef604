#!/bin/sh
# The OGC suites (ogctests, ogcapi-registry) in an environment of their own.
#
#   tools/ogc.sh                 makes it where it is not there
#   tools/ogc.sh URL             and runs both suites against a site's /ogc/
set -eu
cd "$(dirname "$0")/.."
tools/environment.sh ogc
[ -z "${1:-}" ] || exec .local/ogc-venv/bin/python tools/ogc_suites.py "$1"
