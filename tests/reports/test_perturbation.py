"""Noise in numbers about people: the same for the same people, small, and nowhere to be had off."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import duckdb
import pytest

from reports.contracts import Result, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.errors import ReportInvalid
from reports.export.formats import FORMATS, ExportFormat, render
from reports.requests import ReportRequest
from tests.reports.snapshot_files import create_tables, reference, write_manifest

KEY = 271_828_182_845_904
MATH_ONLY = Scope(1, ScopeKind.OWN_COURSES, course_ids=(1,))
TEACHER = Scope(1, ScopeKind.OWN_COURSES, course_ids=(1, 2))
ADMIN = Scope(1, ScopeKind.INSTITUTION)
FILL = """
INSERT INTO students (id, code, name, class_name)
  SELECT n, 's' || n, 'Student ' || n, 'Class ' || (n % 40) FROM range(1, 801) r(n);
INSERT INTO courses (id, code, title, status)
  VALUES (1, 'MATH', 'Math', 'PUBLISHED'), (2, 'HIST', 'History', 'PUBLISHED'),
         (3, 'ARTS', 'Arts', 'PUBLISHED');
INSERT INTO enrollments (id, student_id, course_id, status, outcome, enrolled_at, enrolled_on,
                         progress_pct)
  SELECT 10000 + n, n, 1 + n % 2, CASE WHEN n % 4 = 0 THEN 'COMPLETED' ELSE 'ACTIVE' END,
         CASE WHEN n % 5 < 4 THEN 'PASS' ELSE 'FAIL' END,
         TIMESTAMP '2014-01-01 12:00' + to_days(CAST(n % 60 AS INTEGER)),
         DATE '2014-01-01' + CAST(n % 60 AS INTEGER), n / 10
    FROM range(1, 801) r(n);
INSERT INTO assignments (id, course_id, title, kind, max_score) VALUES (1, 1, 'A', 'TMA', 100);
INSERT INTO submissions (id, student_id, enrollment_id, assignment_id, course_id, status,
                         submitted_at, submitted_on, score, is_late, is_banked)
  SELECT 20000 + 4 * n + k, n, 10000 + n, 1, 1 + n % 2, 'GRADED', TIMESTAMP '2014-02-01 12:00',
         DATE '2014-02-01', 20 + (n * 7 + k * 11) % 80, k = 0, FALSE
    FROM range(1, 801) r(n), range(0, 4) s(k);
"""


def made(path: Path, change: str = "", **manifest: Any) -> SnapshotRef:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        create_tables(connection)
        connection.execute(FILL)
        connection.execute(change or "SELECT 1")
        write_manifest(connection, min_group_size=5, **manifest)
    return reference(path, snapshot_id=manifest.get("snapshot_id", "s1"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = Engine()
    yield found
    found.close()


@pytest.fixture(scope="module")
def ref(tmp_path_factory: pytest.TempPathFactory) -> SnapshotRef:
    return made(tmp_path_factory.mktemp("noise") / "a.duckdb", perturbation_key=KEY)


def definition(*measures: Any, **more: Any) -> dict[str, Any]:
    plain = {"version": 1, "entity": "enrollments", "mode": "categorical"}
    return plain | {"measures": list(measures)} | more


def ask(
    engine: Engine, ref: SnapshotRef, *measures: Any, scope: Scope = TEACHER, **more: Any
) -> Result:
    return engine.run(ReportRequest(definition(*measures, **more), scope, ref))


def where(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"filters": [{"field": field, "op": op, "value": value}]}


PEOPLE = {"key": "people", "agg": "countDistinct", "field": "studentId"}
BY_CLASS = {"dimensions": ["student.className"]}


def test_only_who_does_not_see_all_rows_has_noise(engine: Engine, ref: SnapshotRef) -> None:
    exact = ask(engine, ref, "count", scope=ADMIN, **BY_CLASS)
    noisy = ask(engine, ref, "count", **BY_CLASS)
    assert [row[1] for row in exact.rows] == [20] * 40
    moved = Counter(row[1] - 20 for row in noisy.rows)
    assert set(moved) == {-2, -1, 0, 1, 2}
    assert abs(mean(row[1] - 20 for row in noisy.rows)) < 0.8
    assert not any(c.is_perturbed for c in exact.columns)
    assert [c.is_perturbed for c in noisy.columns] == [False, True]
    assert noisy.columns[1].label == f"\u2248 {exact.columns[1].label}"
    assert noisy.columns[1].to_wire()["perturbed"] is True
    assert [w.code for w in noisy.meta.warnings] == ["PERTURBED"]
    assert "at most 2 off" in noisy.meta.warnings[0].message
    own = Scope(1, ScopeKind.SELF, person_ids=(7,))
    assert ask(engine, ref, "count", scope=own).rows == ((1,),)


def test_the_same_people_have_the_same_noise_however_they_are_asked(
    engine: Engine, ref: SnapshotRef, tmp_path: Path
) -> None:
    in_math = where("courseId", "eq", 1)
    (count,) = ask(engine, ref, "count", **in_math).rows[0]
    found = {
        ask(engine, ref, PEOPLE, **in_math).rows[0][0],
        ask(engine, ref, "count", PEOPLE, "passRate", **in_math).rows[0][1],
        ask(engine, ref, "count", **where("course.code", "eq", "MATH")).rows[0][0],
        ask(engine, ref, "students.count", entity="students", scope=MATH_ONLY).rows[0][0],
        ask(engine, ref, {"key": "n", "agg": "countDistinct", "field": "student.code"},
            **in_math).rows[0][0],
        ask(engine, ref, PEOPLE, entity="submissions", **in_math).rows[0][0],
        next(r[1] for r in ask(engine, ref, "count", dimensions=["courseId"]).rows if r[0] == 1),
        next(
            t.row[2]
            for t in ask(
                engine,
                ref,
                "count",
                dimensions=["courseId", "status"],
                totals="subtotals",
            ).totals or ()
            if t.level == 1 and t.row[0] == 1
        ),
        ask(engine, made(tmp_path / "b.duckdb", snapshot_id="s2", perturbation_key=KEY), "count",
            **in_math).rows[0][0],
    }  # fmt: skip
    assert found == {count}


def test_a_pivot_an_export_and_a_difference_show_the_same(
    engine: Engine, ref: SnapshotRef, tmp_path: Path
) -> None:
    asked = definition("count", dimensions=["courseId", "outcome"])
    result = engine.run(ReportRequest(asked, TEACHER, ref))
    pivot = engine.pivot(ReportRequest(asked, TEACHER, ref))
    across = {(row.groups[0], value): cell[0]
              for row in pivot.rows for value, cell in zip(pivot.values, row.cells, strict=True)
              if cell}  # fmt: skip
    assert across == {(row[0], row[1]): row[2] for row in result.rows}
    assert pivot.measures[0].label.startswith("\u2248")
    for form in FORMATS:
        body = render(result, ExportFormat(form))
        if form in {"csv", "json", "table"}:
            assert "\u2248" in body.decode()
    wire = json.loads(render(result, ExportFormat("json")))
    assert wire["columns"][2]["perturbed"] is True
    again = made(tmp_path / "b.duckdb", snapshot_id="s2", perturbation_key=KEY)
    found = engine.diff(ReportRequest(asked, TEACHER, again), ref)
    assert found.same == len(result.rows)
    assert found.columns[2].is_perturbed


def test_two_questions_about_all_but_one_do_not_tell_of_the_one(
    engine: Engine, ref: SnapshotRef
) -> None:
    (everyone,) = ask(engine, ref, "count").rows[0]
    told = Counter(
        everyone - ask(engine, ref, "count", **where("progressPct", "ne", n / 10)).rows[0][0]
        for n in range(1, 61)
    )
    assert len(told) >= 4, "the difference is one person, and says something else each time"
    assert told[1] < 30


def test_another_key_has_other_noise(engine: Engine, ref: SnapshotRef, tmp_path: Path) -> None:
    other = made(tmp_path / "b.duckdb", perturbation_key=KEY + 1)
    ours, theirs = (ask(engine, r, "count", **BY_CLASS).rows for r in (ref, other))
    assert sum(a != b for a, b in zip(ours, theirs, strict=True)) > 20


def test_means_and_sums_move_together_and_stay_among_the_values(
    engine: Engine, ref: SnapshotRef
) -> None:
    measures = (
        "count",
        {"key": "graded", "agg": "count", "field": "score"},
        {"key": "total", "agg": "sum", "field": "score"},
        {"key": "mean", "agg": "avg", "field": "score"},
    )
    more = {"entity": "submissions", "dimensions": ["student.className"]}
    exact = ask(engine, ref, *measures, scope=ADMIN, **more)
    noisy = ask(engine, ref, *measures, **more)
    off = [a[4] - b[4] for a, b in zip(noisy.rows, exact.rows, strict=True)]
    assert max(map(abs, off)) <= 79 / 20
    assert sum(abs(d) > 0.01 for d in off) > 30
    for _, _count, graded, total, average in noisy.rows:
        assert 20 <= average <= 99
        assert float(total) == pytest.approx(average * graded, abs=0.01)
    counted = [a[1] - b[1] for a, b in zip(noisy.rows, exact.rows, strict=True)]
    assert {abs(d) > 2 for d in counted} == {True, False}, "four rows each: up to ten rows off"
    assert max(map(abs, counted)) <= 10


def test_shares_stay_shares(engine: Engine, ref: SnapshotRef) -> None:
    found = ask(engine, ref, "passRate", **BY_CLASS).rows
    assert all(row[1] is None or 0 <= row[1] <= 1 for row in found)
    all_passed = where("outcome", "eq", "PASS")
    assert ask(engine, ref, "passRate", **all_passed).rows == ((1.0,),)
    late = ask(engine, ref, "submissions.lateRate", entity="submissions", **BY_CLASS).rows
    assert all(row[1] is None or 0 <= row[1] <= 1 for row in late)


def test_nobody_is_nobody(engine: Engine, ref: SnapshotRef) -> None:
    nobody = where("student.className", "eq", "Class 99")
    total = {"key": "total", "agg": "sum", "field": "progressPct"}
    average = {"key": "mean", "agg": "avg", "field": "progressPct"}
    assert ask(engine, ref, "count", PEOPLE, total, average, **nobody).rows == ((0, 0, 0, None),)


def test_a_mark_that_changes_moves_the_noise_with_it(
    engine: Engine, ref: SnapshotRef, tmp_path: Path
) -> None:
    """Else what changed is the difference of the means, times the people."""
    change = "UPDATE submissions SET score = 99 WHERE id = 20004"
    later = made(tmp_path / "later.duckdb", change, snapshot_id="s2", perturbation_key=KEY)
    asked = {"key": "mean", "agg": "avg", "field": "score"}
    scopes = (ADMIN, TEACHER)
    (exact, noisy) = (
        [ask(engine, r, asked, entity="submissions", scope=scope).rows[0][0] for r in (ref, later)]
        for scope in scopes
    )
    assert (exact[1] - exact[0]) * 3200 == pytest.approx(99 - 27)
    assert abs((noisy[1] - noisy[0]) * 3200 - (99 - 27)) > 5


def test_each_field_has_its_own_noise(engine: Engine, ref: SnapshotRef) -> None:
    """A reader of one field's values reads nothing of another's noise in it."""
    measures = [{"key": f, "agg": "avg", "field": f} for f in ("score", "studentId")]
    more = {"entity": "submissions", **BY_CLASS}
    exact, noisy = (ask(engine, ref, *measures, scope=s, **more).rows for s in (ADMIN, TEACHER))
    parts = [((a[1] - b[1]) / 79, (a[2] - b[2]) / 800) for a, b in zip(noisy, exact, strict=True)]
    assert sum(abs(score - person) < 0.001 for score, person in parts) < 10


def test_nobody_is_chosen_by_who_they_are(engine: Engine, ref: SnapshotRef) -> None:
    """Four that are known and one that is not: whether it is hidden would tell of the one."""
    for field in ("studentId", "student.name", "student.code", "id"):
        condition = {"field": field, "op": "isNotNull"}
        with pytest.raises(ReportInvalid) as caught:
            ask(engine, ref, "count", filters=[condition])
        assert caught.value.problems[0].path == "/filters/0"
        with pytest.raises(ReportInvalid) as caught:
            ask(engine, ref, {"key": "n", "agg": "count", "filters": [condition]})
        assert caught.value.problems[0].path == "/measures/0/filters"
        assert ask(engine, ref, "count", scope=ADMIN, filters=[condition]).rows == ((800,),)


def test_what_can_have_no_noise_is_hidden(engine: Engine, ref: SnapshotRef) -> None:
    measures = [
        {"key": agg, "agg": agg, "field": "score"}
        for agg in ("min", "max", "median", "p90", "stddev")
    ]
    result = ask(engine, ref, "count", *measures, entity="submissions", totals="grand", **BY_CLASS)
    columns = set(range(2, 2 + len(measures)))
    assert {c for _row, c in result.suppressed} == columns
    assert set((result.totals or ())[0].suppressed) == columns
    back = {"field": "enrolledOn", "n": 7, "unit": "day"}
    trailing = {"key": "t", "metric": "enrollments.count", "trailing": back}
    time = {"mode": "temporal", "time": {"field": "enrolledOn", "bucket": "month"}}
    looking_back = ask(engine, ref, "count", trailing, **time)
    assert len(looking_back.suppressed) == len(looking_back.rows) > 0


def test_what_could_be_counted_is_refused(engine: Engine, ref: SnapshotRef) -> None:
    rows = {"version": 1, "entity": "enrollments", "mode": "rows", "columns": ["id"]}
    with pytest.raises(ReportInvalid) as caught:
        engine.run(ReportRequest(rows, TEACHER, ref))
    assert (caught.value.problems[0].code, caught.value.problems[0].path) == ("PERTURBED", "/mode")
    with pytest.raises(ReportInvalid), engine.listing(ReportRequest(rows, TEACHER, ref)):
        pass
    cell = {"measure": "count", "row": []}
    with pytest.raises(ReportInvalid, match="could be counted"):
        engine.drill(ReportRequest(definition("count"), TEACHER, ref), cell)
    assert engine.drill(ReportRequest(definition("count"), ADMIN, ref), cell).meta.row_count == 800
    chosen = [{"metric": "enrollments.count", "op": "gte", "value": 400}]
    courses = {"version": 1, "entity": "courses", "mode": "rows", "columns": ["code"]}
    with pytest.raises(ReportInvalid) as caught:
        engine.run(ReportRequest(courses | {"filters": chosen}, TEACHER, ref))
    assert caught.value.problems[0].path == "/filters/0"
    assert len(engine.run(ReportRequest(courses, TEACHER, ref)).rows) == 2


def test_groups_of_few_people_are_not_listed(engine: Engine, ref: SnapshotRef) -> None:
    """A question by people counts the groups instead of the people."""
    by_name = {"dimensions": ["student.name"]}
    assert len(ask(engine, ref, "count", scope=ADMIN, **by_name).rows) == 800
    found = ask(engine, ref, "count", **by_name)
    assert (found.rows, found.meta.total_row_count, found.suppressed) == ((), 0, ())
    for measures in ([], ["submissions.count"]):
        with pytest.raises(ReportInvalid):
            ask(engine, ref, *measures, **by_name)
    courses = ask(engine, ref, "enrollments.count", entity="courses", dimensions=["code"])
    assert [row[0] for row in courses.rows] == ["HIST", "MATH"]


def test_having_order_and_limit_go_by_the_noisy_numbers(engine: Engine, ref: SnapshotRef) -> None:
    shown = dict(ask(engine, ref, "count", **BY_CLASS).rows)
    having = [{"measure": "count", "op": "gt", "value": 20}]
    chosen = ask(engine, ref, "count", having=having, **BY_CLASS)
    assert dict(chosen.rows) == {name: n for name, n in shown.items() if n > 20}
    order = [{"by": "count", "dir": "desc"}]
    first = ask(engine, ref, "count", sort=order, limit=5, **BY_CLASS).rows
    assert [n for _, n in first] == sorted(shown.values(), reverse=True)[:5]


def test_the_key_is_told_to_nobody(engine: Engine, ref: SnapshotRef) -> None:
    for scope in (TEACHER, ADMIN):
        explanation = engine.explain(ReportRequest(definition("count"), scope, ref))
        assert str(KEY) not in json.dumps(explanation.to_wire(with_sql=True, with_rows=True))
    assert str(KEY) not in json.dumps(ask(engine, ref, "count").to_wire())


def test_the_past_has_the_noise_of_today(engine: Engine, ref: SnapshotRef, tmp_path: Path) -> None:
    old = made(tmp_path / "old.duckdb", snapshot_id="s0")
    asked = definition("count", asOf="s0", **BY_CLASS)
    found = engine.run(ReportRequest(asked, TEACHER, ref, history=lambda _name: old))
    assert found.rows == ask(engine, ref, "count", **BY_CLASS).rows
    assert found.columns[1].is_perturbed
    compared = ask_compared(engine, ref, old)
    assert compared.compare is not None
    assert compared.compare.rows == compared.rows


def ask_compared(engine: Engine, ref: SnapshotRef, old: SnapshotRef) -> Result:
    asked = definition("count", compare={"to": "snapshot", "snapshot": "s0"}, **BY_CLASS)
    return engine.run(ReportRequest(asked, TEACHER, ref, history=lambda _name: old))


def test_the_noise_survives_an_upgrade_of_the_database() -> None:
    """DuckDB doesn't promise its hash: if it changes, so does the noise, and the docs say so."""
    (found,) = duckdb.sql("SELECT hash(concat(1, ':', 2))").fetchall()[0]
    assert found == 2_225_762_322_943_337_240


def test_a_difference_of_snapshots_does_not_tell_of_a_few(engine: Engine, tmp_path: Path) -> None:
    """Each side is about hundreds, and what came between is three people: one side is hidden."""
    three = "DELETE FROM enrollments WHERE course_id = 1 AND student_id <= 6"
    twenty = "DELETE FROM enrollments WHERE course_id = 2 AND student_id <= 40"
    before = made(tmp_path / "before.duckdb", snapshot_id="s0")
    after = made(tmp_path / "after.duckdb", f"{three}; {twenty}", snapshot_id="s1")
    asked = definition("count", dimensions=["course.code"])
    found = engine.diff(ReportRequest(asked, ADMIN, after), before)
    shown = {change.after[0]: (change.before[1], change.after[1]) for change in found.changed}
    assert shown == {"HIST": (400, 380), "MATH": (None, 397)}
