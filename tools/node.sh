#!/bin/sh
# Node.js for the front end: bundles assets/ into static/dist, checks its types.
#
#   tools/node.sh build         npm ci + npm run build, where something has changed since
#   tools/node.sh run SCRIPT    npm run SCRIPT (typecheck, …), after npm ci where that is due
#
# Uses the machine's Node.js when it is 20 or newer and has npm; else one from PyPI in .local/node.
set -eu
cd "$(dirname "$0")/.."

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

find_node() {
    major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || major=""
    if [ "${major:-0}" -ge 20 ] && npm --version >/dev/null 2>&1; then return; fi
    PATH=$PWD/.local/node/bin:$PATH
    export PATH
    # The entry points know their own path: a moved clone makes them anew.
    [ "$(cat .local/node/.made-at 2>/dev/null)" = "$PWD $(cksum <tools/lock/node.txt)" ] && return
    echo "Getting Node.js, which bundles the map's scripts …"
    uv=.local/uv/bin/uv
    [ -x "$uv" ] || uv=uv
    rm -rf .local/node
    "$uv" venv --quiet --python .venv/bin/python .local/node
    "$uv" pip install --quiet --require-hashes --python .local/node/bin/python -r tools/lock/node.txt ||
        fail "uv could not get Node.js (its words are above). Install Node.js 20 or newer with npm," \
            "or check that this machine reaches PyPI or a mirror of it, then run this again."
    echo "$PWD $(cksum <tools/lock/node.txt)" >.local/node/.made-at
}

install() {
    find_node
    now="$(node --version) $(cksum <package-lock.json)"
    [ "$(cat node_modules/.installed 2>/dev/null)" = "$now" ] && return
    echo "Installing the front end's packages …"
    # No package's own install script is needed here, so none is run.
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >.local/log/npm.log 2>&1 || {
        tail -n 20 .local/log/npm.log >&2
        fail "npm could not install package-lock.json (its words are above)." \
            "Check that this machine reaches the npm registry or a mirror of it, then run this again."
    }
    echo "$now" >node_modules/.installed
}

# Built means: newer than everything it is made of. A folder's time tells of removed files.
built() {
    [ -e static/dist/.built ] &&
        [ -z "$(find assets package.json package-lock.json tsconfig*.json -newer static/dist/.built \
            2>/dev/null | head -n 1)" ]
}

[ -e package.json ] || { echo "There is no package.json: no front end to ${1:-build}."; exit 0; }
mkdir -p .local/log
case ${1:-build} in
    build)
        built && exit 0
        install
        echo "Bundling the map's scripts and styles …"
        touch .local/bundling  # a change made during the build counts as newer
        npm run --silent build
        mkdir -p static/dist
        mv .local/bundling static/dist/.built ;;
    run)
        install
        npm run --silent "$2" ;;
    *) fail "usage: tools/node.sh build|run SCRIPT" ;;
esac
