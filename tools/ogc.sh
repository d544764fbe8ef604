#!/bin/sh
# The environment of the OGC suites (ogctests, ogcapi-registry), apart from the site's own: their
# packages and ours do not go together. Does nothing where it is there already.
#
#   tools/ogc.sh                 makes .local/ogc-venv from tools/lock/ogc.txt
#   tools/ogc.sh URL             and runs both suites against a site's /ogc/
set -eu
cd "$(dirname "$0")/.."
venv=.local/ogc-venv

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

now="$PWD $(.venv/bin/python -VV) $(cksum <tools/lock/ogc.txt)"
if [ "$(cat $venv/.made 2>/dev/null)" != "$now" ]; then
    uv=.local/uv/bin/uv
    [ -x "$uv" ] || uv=uv
    echo "Getting the OGC suites …"
    rm -rf "$venv"
    "$uv" venv --quiet --python .venv/bin/python "$venv"
    # The lock holds all there is to install; what ogctests asks for beside it is overridden there.
    "$uv" pip install --quiet --no-deps --require-hashes --python "$venv/bin/python" -r tools/lock/ogc.txt ||
        fail "uv could not install tools/lock/ogc.txt (its words are above)." \
            "Check that this machine reaches PyPI or a mirror of it, then run this again."
    echo "$now" >"$venv/.made"
fi
[ -z "${1:-}" ] || exec "$venv/bin/python" tools/ogc_suites.py "$1"
