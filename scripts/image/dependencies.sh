#!/usr/bin/env bash
# A step of the Dockerfile: a virtual environment with the locked production requirements.
#   dependencies.sh TARGET
set -euo pipefail
target=$1
python3 -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r requirements-production.lock
