#!/bin/sh
# Prints the Chromium or Chrome that the browser tests shall start; status 1 when there is none.
# CHROMIUM (a path) is believed. A snap is passed over: it cannot read a profile under /tmp.
set -eu
for name in ${CHROMIUM:+"$CHROMIUM"} chromium google-chrome google-chrome-stable chromium-browser; do
    path=$(command -v "$name") || continue
    if [ -z "${CHROMIUM:-}" ]; then
        case $(readlink -f "$path") in
            /snap/* | /usr/bin/snap) continue ;;
        esac
        # Ubuntu's stub is a small shell script that calls snap.
        if head -c 4000 "$path" | grep -aq '/snap/bin'; then continue; fi
    fi
    printf '%s\n' "$path"
    exit 0
done
exit 1
