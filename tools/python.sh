#!/bin/sh
# Prints a Python that is 3.11 or newer: the system's, else a newer one beside it. Prints nothing
# when there is none.
for name in python3 python3.13 python3.12 python3.11 python3.14; do
    path=$(command -v "$name") || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        printf '%s\n' "$path"
        exit 0
    fi
done
