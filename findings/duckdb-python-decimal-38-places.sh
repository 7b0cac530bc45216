#!/usr/bin/env bash
# duckdb 2.0.0 (Python): a Decimal of 38 places below 0.1 is bound as a DOUBLE, without a word.
#
# 0.0111…1 with 38 places fits DECIMAL(38,38). Bound as a parameter, `typeof` says DOUBLE, and
# the value that arrives in a DECIMAL(38,38) column differs from the 17th digit on. 0.1111…1 with as
# many places is bound as DECIMAL(38,38), and the same 0.0111…1 as text is stored exactly.
# Ours: such values are inserted as text; filters take at most 15 places (reports/language/values.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import duckdb

small, large = Decimal("0.0" + "1" * 37), Decimal("0." + "1" * 38)
connection = duckdb.connect()
types = connection.execute("SELECT typeof(?), typeof(?)", [small, large]).fetchone()
connection.execute("CREATE TABLE numbers (x DECIMAL(38,38))")
connection.execute("INSERT INTO numbers VALUES (?), (?)", [small, str(small)])
bound, written = (row[0] for row in connection.execute("SELECT x FROM numbers").fetchall())
print(f"duckdb {duckdb.__version__}: types {types}; bound {bound}, as text {written}")
assert types == ("DOUBLE", "DECIMAL(38,38)"), "the behaviour has changed"
assert written == small != bound, "the behaviour has changed"
PYTHON
