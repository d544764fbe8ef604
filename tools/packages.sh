#!/bin/sh
# Installs the distribution's packages that are missing, and only those.
#
#   tools/packages.sh run     what `make setup` needs: a PostgreSQL server, its PostGIS, a working venv
#   tools/packages.sh test    what the tests need: Chromium, its library, a Japanese font, and nginx
#   tools/packages.sh bench   what the benchmarks need: the browser, ogr2ogr and nginx to compare with,
#                             and wrk, which asks
#
# Nothing is asked of apt when nothing is missing, so the usual run takes milliseconds and needs no
# root. With DATABASE_URL set no server is installed: the database is somebody else's then.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
python=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
can_apt() { command -v apt-get >/dev/null 2>&1; }

missing=""
need() { missing="$missing $1"; }

# --- what is missing ------------------------------------------------------------------------------

# PostGIS of server version $1 is there when the server finds its control file.
has_postgis() {
    sharedir=/usr/share/postgresql/$1
    config=/usr/lib/postgresql/$1/bin/pg_config
    [ -x "$config" ] && sharedir=$("$config" --sharedir)
    [ -e "$sharedir/extension/postgis.control" ]
}

# The distribution's own version of PostgreSQL: the metapackage is called e.g. 15+248.
offered() {
    apt-cache show postgresql 2>/dev/null | sed -n 's/^Version: \([0-9]*\).*/\1/p' | head -n 1
}

need_database() {
    # db.py knows every place where a usable server may be, and which version our data needs.
    "$python" tools/db.py usable && return 0
    can_apt || fail "This needs PostgreSQL 15 or newer with PostGIS 3.3 or newer. This machine has no" \
        "apt-get: install both with its own package manager, or set DATABASE_URL to a database that" \
        "has PostGIS."
    version=$("$python" tools/db.py data-version)   # empty while there is no data yet
    if [ -z "$version" ]; then
        for bindir in /usr/lib/postgresql/*/bin; do   # in order of name: the newest comes last
            [ -x "$bindir/initdb" ] || continue
            candidate=$(basename "$(dirname "$bindir")")
            [ "${candidate%%.*}" -ge 15 ] && version=$candidate
        done
    fi
    if [ -z "$version" ]; then
        version=$(offered)
        # A new machine has no list of packages yet.
        [ -n "$version" ] || { update "postgresql postgresql-NN-postgis-3$missing (NN: its version)"; version=$(offered); }
        [ -n "$version" ] || fail "apt knows no package postgresql: check /etc/apt/sources.list*," \
            "or set DATABASE_URL to a database that has PostGIS."
        [ "$version" -ge 15 ] || fail "This distribution's PostgreSQL is $version, and 15 or newer is" \
            "needed (Debian 12, Ubuntu 24.04 and newer have it): use a newer release, or set" \
            "DATABASE_URL to a database that has PostGIS."
    fi
    [ -x "/usr/lib/postgresql/$version/bin/initdb" ] || need "postgresql-$version"
    has_postgis "$version" || need "postgresql-$version-postgis-3"
    case $missing in
        *" postgresql-"*) ;;
        *) fail "PostgreSQL $version is here but its PostGIS is older than 3.3:" \
            "upgrade postgresql-$version-postgis-3, or set DATABASE_URL." ;;
    esac
}

need_venv() {
    # uv makes virtualenvs by itself; venv with pip is needed once, to get uv.
    { command -v uv || [ -x .local/uv/bin/uv ]; } >/dev/null 2>&1 && return 0
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return 0
    case $(command -v "$python") in
        /usr/bin/* | /bin/*) ;;
        *) fail "$python cannot make virtualenvs with pip (the module ensurepip is missing):" \
            "reinstall that Python with it, or say which to use: make setup PYTHON=/usr/bin/python3" ;;
    esac
    need "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
}

need_browser() {
    # Ubuntu's chromium package only starts a snap, which no container or CI machine can.
    if ! tools/browser.sh >/dev/null 2>&1; then
        if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
            need chromium
        else
            fail "The browser tests need Chromium or Chrome and found neither on PATH: install one," \
                "or set CHROMIUM to its program."
        fi
    fi
    # The browser is driven by Playwright's own Node.js, which wants a library of the compiler's.
    for node in .venv/lib/python*/site-packages/playwright/driver/node; do
        case $("$node" --version 2>&1) in *libatomic*) need libatomic1 ;; esac
    done
    if command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=ja family)" ]; then
        return 0
    fi
    for font in /usr/share/fonts/*/*/ipag.ttf /usr/share/fonts/*/*/*CJK*; do
        [ -e "$font" ] && return 0
    done
    need fonts-ipafont-gothic
}

need_nginx() {
    PATH=$PATH:/usr/sbin command -v nginx >/dev/null 2>&1 || need nginx
    for folder in /usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/share/nginx/modules; do
        [ -e "$folder/ngx_http_brotli_static_module.so" ] && return 0
    done
    can_apt && need libnginx-mod-http-brotli-static   # a help, not a need: gzip does
    return 0
}

# --- installing -----------------------------------------------------------------------------------

as_root() {
    if is_root; then "$@"; else sudo "$@"; fi
}

updated=""
update() { # the packages to name where we may not
    [ -z "$updated" ] || return 0
    may_install "$1"
    say "Asking for the distribution's list of packages …"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2 ||
        say "(apt-get update failed: going on with the list that is here)" >&2
    updated=yes
}

may_install() { # the packages to name where we may not
    is_root || command -v sudo >/dev/null 2>&1 || fail "Packages are missing, and you are neither root" \
        "nor have sudo. Ask an administrator for: apt-get install --no-install-recommends" "$@"
}

install() {
    update "${missing# }"
    say "Installing$missing …"
    # A new server package makes and starts a cluster "main" for the whole machine. We use our own,
    # under .local/, so it is told not to: a drop-in that lasts as long as this installation.
    dropin=""
    case $missing in
        *" postgresql-"*)
            if [ ! -d /etc/postgresql ]; then
                dropin=/etc/postgresql-common/createcluster.d/gis_portal.conf
                as_root mkdir -p "${dropin%/*}"
                echo 'create_main_cluster = false' | as_root tee "$dropin" >/dev/null
            fi ;;
    esac
    # The distribution's nginx would serve the whole machine, now and after each reboot. Ours is started
    # with a configuration of its own, so that one is switched off while it is installed and stays off.
    masked=""
    case $missing in
        *" nginx"*)
            if [ -d /etc/systemd/system ] && [ ! -e /etc/systemd/system/nginx.service ]; then
                masked=/etc/systemd/system/nginx.service
                as_root ln -s /dev/null "$masked"
            fi ;;
    esac
    status=0
    # shellcheck disable=SC2086  # one word for each package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 \
        install --no-install-recommends $missing </dev/null >"$log" 2>&1 || status=$?
    [ -z "$dropin" ] || as_root rm -f "$dropin"
    if [ -n "$masked" ]; then
        as_root rm -f "$masked" /etc/systemd/system/multi-user.target.wants/nginx.service
    fi
    if [ "$status" != 0 ]; then
        tail -n 15 "$log" >&2
        fail "apt could not install:$missing (what it said is above; all of it is in $log)." \
            "Once they are installed, by whomever, run this again."
    fi
}

mkdir -p .local/log
log=.local/log/apt.log
case $what in
    run)
        need_venv
        [ -n "${DATABASE_URL:-}" ] || need_database ;;
    test)
        need_browser
        need_nginx ;;
    bench)
        need_browser
        need_nginx
        command -v wrk >/dev/null 2>&1 || need wrk
        command -v ogr2ogr >/dev/null 2>&1 || need gdal-bin ;;
    *) fail "usage: tools/packages.sh run|test|bench" ;;
esac
[ -z "$missing" ] || install
