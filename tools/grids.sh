#!/bin/sh
# Puts GSI's datum correction grids where the importers look for them, and says which are there.
#
#   tools/grids.sh            TKY2JGD from the PyPI package tky2jgd, unless it is there; verifies all
#   tools/grids.sh FOLDER     copies the grids that FOLDER holds (.tif, .gsb or .par), verified
set -eu
cd "$(dirname "$0")/.."
into=${DATUM_GRIDS:-${GIS_PORTAL_LOCAL:-.local}/grids}

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

if [ -n "${1:-}" ]; then
    exec .venv/bin/python tools/grids.py "$into" "$1"
fi
if ! .venv/bin/python tools/grids.py "$into" --has TKY2JGD; then
    uv=.local/uv/bin/uv
    [ -x "$uv" ] || uv=uv
    echo "Getting TKY2JGD.par, which the package tky2jgd holds …"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    # Into a folder of its own: only the data file is wanted, nothing of the package is run.
    "$uv" pip install --quiet --no-deps --require-hashes --python .venv/bin/python \
        --target "$folder" -r tools/lock/grids.txt ||
        fail "uv could not get tky2jgd (its words are above)." \
            "Check that this machine reaches PyPI or a mirror of it, or get the file from GSI and" \
            "run: make grids FROM=<its folder>"
    .venv/bin/python tools/grids.py "$into" "$folder"
    exit
fi
exec .venv/bin/python tools/grids.py "$into"
