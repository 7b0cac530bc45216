#!/usr/bin/env bash
# A step of the Dockerfile: build the wheel with the locked builder and install it.
#   product.sh TARGET
set -euo pipefail
target=$1
builder=$(mktemp -d)
trap 'rm -rf "$builder"' EXIT
python3 -m venv "$builder"
"$builder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    --require-hashes -r requirements-build.lock
"$builder/bin/python" -m hatchling build -t wheel -d "$builder/wheel"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$builder"/wheel/*.whl
"$target/bin/python" -m pip check
DEBUG=1 STATIC_ROOT="$target/static" "$target/bin/optilearn" collectstatic --noinput --verbosity 0
# A running product installs nothing.
"$target/bin/python" -m pip uninstall --quiet --yes pip setuptools 2>&1 | grep -v "not installed" || true
