#!/usr/bin/env bash
# Write the requirements locks from pyproject.toml: exact versions with hashes, no index host.
#
#   requirements.lock             everything: the product, embedded services, tests, the builder
#   requirements-production.lock  what the image installs
#   requirements-build.lock       what builds the wheel
#
# The versions already locked are kept where they fit; `scripts/lock.sh --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
[ -x "$uv" ] || { echo "uv is needed to write the locks: .venv/bin/pip install uv" >&2; exit 1; }

compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --no-config "$@"
}

builder=$(mktemp)
trap 'rm -f "$builder"' EXIT
printf '%s\n' 'hatchling>=1.27' 'uv>=0.9' >"$builder"
compile pyproject.toml --all-extras "$builder" --output-file requirements.lock "$@"
compile pyproject.toml --constraints requirements.lock --output-file requirements-production.lock
compile "$builder" --constraints requirements.lock --output-file requirements-build.lock
wc -l requirements*.lock
