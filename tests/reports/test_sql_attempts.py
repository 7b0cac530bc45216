"""Attempts to read something else, to change something, or to take more than a statement may.

Each is refused or stopped with an error that says so, and the next statement is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reports.contracts import SnapshotRef
from reports.engine.engine import Engine
from reports.errors import ReportError, ReportInvalid, ReportTimeout
from reports.sql.engine import SqlEngine
from reports.sql.outputs import to_wire
from reports.sql.pool import SqlSettings
from reports.sql.results import SqlLimits, SqlRequest
from tests.reports.conftest import EVERYTHING


@pytest.fixture(scope="module")
def sql(engine: Engine) -> Iterator[SqlEngine]:
    made = SqlEngine(engine.snapshot, SqlSettings(processes=1))
    yield made
    made.close()


def ask(sql: SqlEngine, school: SnapshotRef, text: str, seconds: float = 20) -> list[list[object]]:
    limits = replace(SqlLimits(), seconds=seconds)
    result = sql.run(SqlRequest(text, EVERYTHING, school, True, limits))
    found: list[list[object]] = to_wire(result)["rows"]
    return found


def refusal(sql: SqlEngine, school: SnapshotRef, text: str, seconds: float = 20) -> str:
    with pytest.raises(ReportError) as refused:
        ask(sql, school, text, seconds)
    assert ask(sql, school, "SELECT count(*) FROM students") == [[3]]
    return refused.value.problems[0].code


NOT_A_SELECT = [
    "ATTACH 'other.duckdb'",
    "ATTACH ':memory:' AS x",
    "DETACH _file",
    "USE _file",
    "COPY students TO 'students.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE 'x'",
    "IMPORT DATABASE 'x'",
    "CREATE TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "CREATE OR REPLACE VIEW students AS SELECT 1",
    "DROP VIEW students",
    "ALTER TABLE students RENAME TO x",
    "INSERT INTO students VALUES (1)",
    "UPDATE students SET name = 'x'",
    "DELETE FROM students",
    "TRUNCATE students",
    "PRAGMA database_list",
    "PRAGMA version",
    "SET threads = 8",
    "SET memory_limit = '64GB'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "SET VARIABLE x = 1",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL spatial",
    "UPDATE EXTENSIONS",
    "CREATE SECRET x (TYPE s3)",
    "PREPARE x AS SELECT 1",
    "EXECUTE x",
    "DEALLOCATE x",
    "CALL pragma_version()",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT * FROM students",
    "COMMENT ON VIEW students IS 'x'",
    "WITH x AS (DELETE FROM students RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO students VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE students SET name = 'x' RETURNING *) SELECT * FROM x",
]
SOMETHING_ELSE = [
    "SELECT * FROM _manifest",
    "SELECT * FROM _file._manifest",
    "SELECT * FROM _file.main._manifest",
    "SELECT * FROM _file.main.students",
    "SELECT * FROM _file.students",
    'SELECT * FROM "_file"."main"."students"',
    'SELECT * FROM "_file.main.students"',
    "SELECT * FROM main.students",
    "SELECT * FROM memory.main.students",
    "SELECT * FROM temp.main.x",
    "TABLE _manifest",
    "FROM _file.students SELECT name",
    "SELECT (SELECT max(name) FROM _file.students)",
    "SELECT 1 WHERE EXISTS (FROM _file.students)",
    "SELECT * FROM students, LATERAL (SELECT * FROM _file.students) x",
    "SELECT * FROM students WHERE id IN (SELECT id FROM _file.staff)",
    "SELECT * FROM students ORDER BY (SELECT max(id) FROM _file.staff)",
    "SELECT * FROM students LIMIT (SELECT count(*) FROM _file.staff)",
    "SELECT * FROM (PIVOT _file.students ON status IN ('x') USING count(*))",
    "SELECT * FROM (UNPIVOT _file.students ON name)",
    "SELECT 1 UNION ALL SELECT count(*) FROM _file.students",
    "WITH x AS (SELECT * FROM _file.students) SELECT * FROM x",
    "WITH x AS (SELECT * FROM _manifest), _manifest AS (SELECT 1) SELECT * FROM x",
    "SELECT * FROM (WITH _manifest AS (SELECT 1) FROM _manifest), _manifest",
    "SELECT * FROM (WITH duckdb_tables AS (SELECT 1) FROM duckdb_tables), duckdb_tables",
    "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT id FROM _file.students) FROM a",
    "SELECT * FROM students AT (VERSION => 1)",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_extensions()",
    "SELECT * FROM duckdb_functions()",
    "SELECT * FROM duckdb_logs()",
    "SELECT * FROM pragma_table_info('_file.students')",
    "SELECT * FROM pragma_storage_info('_file.students')",
    "SELECT * FROM seq_scan('students')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('_manifest')",
    "SELECT * FROM query_table(['students'])",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM 'students.csv'",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM 's3://bucket/x.parquet'",
    'SELECT * FROM "data/*.parquet"',
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_parquet('x.parquet')",
    "SELECT * FROM parquet_metadata('x.parquet')",
    "SELECT * FROM read_json('x.json')",
    "SELECT * FROM read_duckdb('x.duckdb')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM repeat('x', 10)",
    "SELECT * FROM test_all_types()",
    "SELECT * FROM which_secret('x', 's3')",
    "SELECT * FROM main.range(3)",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT current_setting('memory_limit')",
    "SELECT current_database()",
    "SELECT current_query()",
    "SELECT version()",
    "SELECT nextval('x')",
    "SELECT setseed(0.5)",
    "SELECT sleep_ms(10_000)",
    "SELECT pg_sleep(10)",
    "SELECT 'students'::REGCLASS",
    "SELECT write_log('x')",
    "SELECT json_serialize_plan('SELECT 1')",
    "SELECT json_deserialize_sql(json_serialize_sql('SELECT 1'))",
    "SELECT main.upper('x')",
    "SELECT system.main.upper('x')",
    "SELECT pg_catalog.pg_get_viewdef(0)",
    "SELECT list_transform([1], lambda x: getenv('HOME'))",
    "SELECT [getenv(x) FOR x IN ['HOME']]",
    "SELECT max(id) FILTER (WHERE getenv('HOME') = 'x') FROM students",
    "SELECT row_number() OVER (ORDER BY getenv('HOME')) FROM students",
    "SELECT COLUMNS(x -> getenv('HOME') = x) FROM students",
    "SHOW TABLES",
    "SHOW DATABASES",
    "SHOW ALL TABLES",
    "DESCRIBE students",
    "DESCRIBE _file.main.students",
    "SUMMARIZE students",
    "SELECT * FROM (DESCRIBE _file.main.students)",
    "SELECT * FROM (SUMMARIZE _file.main.students)",
    "SELECT * FROM (SHOW TABLES)",
    "SELECT $1",
    "SELECT ?",
    "SELECT * FROM students WHERE id = $id",
    "SELECT 1; SELECT 2",
    "SELECT 1; ATTACH 'x'",
    "SELECT 1 /* ; */; DROP VIEW students",
    "SELECT 1 --\n; DROP VIEW students",
    "",
]
NOT_SQL = [
    "SELEC 1",
    "SELECT * FROM students WHERE",
    "SELECT 'unfinished",
    "SELECT 1 /* unfinished",
    "SELECT nothing FROM students",
    "SELECT unknown_function(1)",
    "SELECT 1::no_such_type",
    "SELECT count(*) FROM students GROUP BY nothing",
    "SELECT \ud800",
    "SELECT 'a\x00b'",
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "SELECT " + "+1" * 60_000,
    "   \n\t ",
    "-- nothing",
]
TOO_MUCH = [
    "SELECT repeat('x', 10_000_000_000)",
    "SELECT length(repeat('x', 4_000_000_000))",
    "SELECT repeat('x', 1_000_000_000) FROM range(10)",
    "SELECT repeat('x', 100_000_000) FROM range(20)",
    "SELECT printf('%2000000000d', 1)",
    "SELECT range(1_000_000_000)",
    "SELECT repeat([1], 1_000_000_000)",
    "SELECT list(i) FROM range(200_000_000) t(i)",
    "SELECT string_agg(i::VARCHAR) FROM range(500_000_000) t(i)",
    "SELECT array_agg(x) FROM (SELECT repeat('x', 1_000_000) AS x FROM range(10_000))",
    "SELECT i FROM range(500_000_000) t(i) ORDER BY hash(i) LIMIT 400_000_000",
    "SELECT repeat('x', 1_000_000) FROM range(1_000)",
]
ENDLESS = [
    "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a) SELECT max(x) FROM a",
    "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT 1 FROM a) SELECT count(*) FROM a",
    "SELECT count(*) FROM range(1_000_000) a, range(1_000_000) b, range(1_000_000) c",
    "SELECT count(*) FROM range(10_000_000) a JOIN range(10_000_000) b ON a.range * b.range = 7",
]


@pytest.mark.parametrize("text", NOT_A_SELECT)
def test_only_a_select_is_run(sql: SqlEngine, school: SnapshotRef, text: str) -> None:
    assert refusal(sql, school, text) in {"SQL_NOT_ALLOWED", "SQL_INVALID"}


@pytest.mark.parametrize("text", SOMETHING_ELSE)
def test_nothing_but_the_views_is_read(sql: SqlEngine, school: SnapshotRef, text: str) -> None:
    assert refusal(sql, school, text) in {"SQL_NOT_ALLOWED", "SQL_INVALID"}


@pytest.mark.parametrize("text", NOT_SQL)
def test_what_is_not_sql_is_refused(sql: SqlEngine, school: SnapshotRef, text: str) -> None:
    assert refusal(sql, school, text) in {"SQL_NOT_ALLOWED", "SQL_INVALID", "SQL_TOO_LARGE"}


@pytest.mark.slow
@pytest.mark.parametrize("text", TOO_MUCH)
def test_what_takes_too_much_is_stopped(sql: SqlEngine, school: SnapshotRef, text: str) -> None:
    assert refusal(sql, school, text) in {"SQL_TOO_LARGE", "SQL_FAILED"}


@pytest.mark.slow
@pytest.mark.parametrize("text", ENDLESS)
def test_what_never_ends_is_stopped(sql: SqlEngine, school: SnapshotRef, text: str) -> None:
    assert refusal(sql, school, text, seconds=1) in {"REPORT_TIMEOUT", "SQL_TOO_LARGE"}


GOOD = [
    "WITH students AS (SELECT * FROM students WHERE id > 1) SELECT count(*) FROM students",
    "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a WHERE x < 5) FROM a",
    "WITH a AS (SELECT 1 AS x), b AS (FROM a) SELECT * FROM b, a",
    "SELECT * FROM STUDENTS s JOIN Enrollments e ON e.STUDENTID = s.ID",
    "VALUES (1, 'a'), (2, 'b')",
    "FROM students SELECT id ORDER BY id DESC LIMIT 1",
    "SELECT status, count(*) FROM enrollments GROUP BY ALL HAVING count(*) > 0 ORDER BY ALL",
    "SELECT courseId, count(*) FROM enrollments GROUP BY ROLLUP (courseId)",
    "SELECT *, row_number() OVER w FROM activity WINDOW w AS (PARTITION BY courseId ORDER BY id)",
    "SELECT id FROM activity QUALIFY rank() OVER (ORDER BY clicks DESC) = 1",
    "SELECT DISTINCT ON (courseId) courseId, id FROM enrollments ORDER BY courseId, id DESC",
    "FROM (PIVOT enrollments ON status IN ('ACTIVE') USING count(*) GROUP BY courseId)",
    "SELECT list_transform([1, 2], lambda x: x + 1), [x * 2 FOR x IN [1, 2]], {'a': 1}.a",
    "SELECT CASE WHEN TRY_CAST('x' AS INTEGER) IS NULL THEN 'no' END, 3 BETWEEN 1 AND 4",
    "SELECT COLUMNS('.*Id') FROM enrollments",
    "SELECT * EXCLUDE (name) REPLACE (id + 1 AS id) FROM students",
    "SELECT 1 UNION SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4",
    "SELECT * FROM students s ASOF JOIN enrollments e ON s.id >= e.id",
    "SELECT unnest([1, 2]), * FROM range(2), generate_series(1, 2)",
    "SELECT date_trunc('month', enrolledOn), extract(year FROM enrolledOn) FROM enrollments",
    "SELECT 'ä' LIKE 'a%', 'a' COLLATE NOCASE = 'A', 'a' ~ 'b', 'x' ILIKE 'X'",
    "SELECT json_extract('{\"a\": 1}', '$.a'), '{\"a\": 1}'::JSON ->> 'a'",
    "SELECT avg(clicks), median(clicks), quantile_cont(clicks, 0.9), stddev(clicks) FROM activity",
    "SELECT (SELECT max(id) FROM courses c WHERE c.id = e.courseId) FROM enrollments e",
    "SELECT current_date, now(), current_timestamp",
    'SELECT 1 AS "a;b" -- a comment; with a semicolon',
    "SELECT 1;",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_analysts_write_is_answered(sql: SqlEngine, school: SnapshotRef, text: str) -> None:
    ask(sql, school, text)


def test_a_function_that_is_misspelled_is_told_its_name(
    sql: SqlEngine, school: SnapshotRef
) -> None:
    with pytest.raises(ReportInvalid) as refused:
        ask(sql, school, "SELECT coutn(*) FROM students")
    assert "count" in refused.value.hint


def test_a_timeout_says_so(sql: SqlEngine, school: SnapshotRef) -> None:
    with pytest.raises(ReportTimeout):
        ask(sql, school, ENDLESS[0], seconds=0.5)


def test_a_statement_may_not_be_endless_itself(sql: SqlEngine, school: SnapshotRef) -> None:
    with pytest.raises(ReportInvalid, match="100,000 characters"):
        ask(sql, school, "SELECT 1 -- " + "x" * 100_000)


def test_a_message_never_quotes_what_lies_behind_the_views(
    sql: SqlEngine, school: SnapshotRef
) -> None:
    for text in ("SELECT * FROM manifest", "SELECT students2.x FROM students", "SELECT nam FROM x"):
        with pytest.raises(ReportInvalid) as refused:
            ask(sql, school, text)
        shown = refused.value.problems[0]
        assert "_file" not in shown.message + shown.hint
        assert "_manifest" not in shown.message + shown.hint
