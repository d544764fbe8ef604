#!/bin/sh
# Runs the tests: tools/test.sh [pytest's arguments]. Nothing is printed after pytest's closing line,
# and the exit status is pytest's.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

started=no
"$python" tools/db.py status >/dev/null || started=yes
leave() {
    status=$?
    # A database that was running before stays so.
    [ "$started" = no ] || "$python" tools/db.py stop >/dev/null 2>&1 || true
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$python" tools/db.py start

# The browser that the end-to-end tests start, and one worker more than cores: many tests wait. They
# begin with tests of one folder, which share what they set up, and then take from each other.
CHROMIUM=$(tools/browser.sh)
export CHROMIUM
.venv/bin/python -m pytest -n "${JOBS:-$(($(nproc) + 1))}" --dist worksteal "$@"
