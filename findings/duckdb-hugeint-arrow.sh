#!/usr/bin/env bash
# duckdb 2.0.0: a HUGEINT of 39 digits leaves DuckDB as an Arrow decimal of 38 digits.
#
# Arrow's widest plain decimal, decimal128(38, 0), has no room for the largest HUGEINT. DuckDB
# hands it out as one all the same: the batch holds a value that Arrow's own full validation
# refuses, and no error is raised. Readers that don't validate write it on (to Parquet, say).
# Ours: a HUGEINT is cast to DECIMAL(38, 0) before it leaves, so such a number is an error
# (reports/sql/worker.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.0 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb
import pyarrow as pa

largest = 2**127 - 1
table = duckdb.sql(f"SELECT {largest}::HUGEINT AS n").to_arrow_table()
try:
    table.validate(full=True)
except pa.ArrowInvalid as error:
    print(f"duckdb {duckdb.__version__}, {table.schema.field('n').type}: {error}")
else:
    raise AssertionError("the behaviour has changed")
PYTHON
