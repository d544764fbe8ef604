#!/bin/sh
# A Python environment apart from the site's own, for programs whose packages do not go with ours:
# tools/environment.sh NAME makes .local/NAME-venv from exactly tools/lock/NAME.txt. Does nothing
# where it is there already.
set -eu
cd "$(dirname "$0")/.."
name=$1
venv=.local/$name-venv

now="$PWD $(.venv/bin/python -VV) $(cksum <"tools/lock/$name.txt")"
[ "$(cat "$venv/.made" 2>/dev/null)" = "$now" ] && exit
uv=.local/uv/bin/uv
[ -x "$uv" ] || uv=uv
echo "Getting what tools/lock/$name.txt names …"
rm -rf "$venv"
"$uv" venv --quiet --python .venv/bin/python "$venv"
# The lock holds all there is to install; what two of them ask for differently is settled there.
"$uv" pip install --quiet --no-deps --require-hashes --python "$venv/bin/python" -r "tools/lock/$name.txt" || {
    printf '\n%s\n' "uv could not install tools/lock/$name.txt (its words are above)." \
        "Check that this machine reaches PyPI or a mirror of it, then run this again." >&2
    exit 1
}
echo "$now" >"$venv/.made"
