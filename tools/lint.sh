#!/bin/sh
# Every check that needs no database. All of them run, so that one run shows all there is to mend.
set -u
cd "$(dirname "$0")/.." || exit
PATH=$PWD/.venv/bin:$PATH
export PATH
# mypy reads Django's settings, which want to know a database; none is asked anything.
export DATABASE_URL="${DATABASE_URL:-postgis://nobody@localhost/nowhere}"
failed=""

check() { # a name, then the command
    name=$1
    shift
    # A check that passes is quiet: what is printed is there to be read.
    if ! "$@" >.local/log/lint.log 2>&1; then
        printf '\n--- %s ---\n' "$name"
        cat .local/log/lint.log
        failed="$failed $name"
    fi
}

mkdir -p .local/log
echo "Checking the code …"
check "ruff-check" ruff check .
check "ruff-format" ruff format --check --diff .
check "mypy" mypy
check "import-linter" lint-imports
check "djlint-format" djlint templates --check --quiet
check "djlint-lint" djlint templates --lint --quiet
check "typescript" tools/node.sh run typecheck
if [ -n "$failed" ]; then
    printf '\nThese checks failed (see above):%s\n' "$failed"
    exit 1
fi
