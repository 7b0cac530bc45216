#!/usr/bin/env bash
# Make .venv hold exactly what requirements.lock names, and the product itself, editable.
# Quick when nothing has changed. PYTHON names the interpreter for a new .venv (3.11 or newer).
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=.venv/installed
wanted=$(cat requirements.lock requirements-build.lock pyproject.toml scripts/setup.sh | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; $python is $("$python" --version 2>&1)." >&2
    echo "Name another one: make PYTHON=/path/to/python3.12 …" >&2
    exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Installing the locked requirements into .venv …"
pip=(.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps)
"${pip[@]}" --require-hashes -r requirements-build.lock
# uv takes a quarter of pip's time, but knows nothing of pip's configuration (a mirror, say).
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes \
    -r requirements.lock 2>.venv/uv.log ||
    "${pip[@]}" --require-hashes -r requirements.lock
"${pip[@]}" --no-build-isolation --editable .
echo "$wanted" >"$stamp"
