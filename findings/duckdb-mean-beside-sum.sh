#!/usr/bin/env bash
# duckdb 2.0.0: the mean of a DECIMAL column depends on what is asked beside it.
#
# 20,000 exact decimals in 97 groups. `avg(x)` alone and `avg(x)` beside `sum(x)` of the same
# column are asked of the same rows: in 23 groups the two means are different doubles. Beside a
# sum (or a count) the mean is worked out from a sum of doubles, alone from an exact one.
# A filter on the mean therefore keeps other groups when a column is added to the query.
# Ours: the exact sum over the count, divided once (reports/compiler/exact.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute(
    "CREATE TABLE marks AS SELECT (i % 97)::INT AS k, (i * 37 % 10007 / 100.0)::DECIMAL(6,2) AS x"
    " FROM range(20000) AS r(i)"
)
alone = dict(connection.execute("SELECT k, avg(x) FROM marks GROUP BY k").fetchall())
beside = connection.execute("SELECT k, avg(x), sum(x) FROM marks GROUP BY k").fetchall()
differ = sum(alone[k] != mean for k, mean, _sum in beside)
print(f"duckdb {duckdb.__version__}: {differ} of {len(beside)} means differ")
assert differ == 23, "the behaviour has changed"
PYTHON
