"""Gradebooks as files: a round trip, those of Canvas and Moodle, and what people do to them."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.gradebook.exchange.layouts import grade_table
from optilearn.assessment.models import Grade, GradeChange, Submission
from optilearn.core import clock
from optilearn.core.spreadsheets import UnreadableTableError, read_table, write_table
from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.support.client import bearer, token_of
from tests.support.gradebooks import DUE, LATER, Course
from tests.support.twins import Twin


@pytest.fixture
def course(twins: tuple[Twin, Twin]) -> Iterator[Course]:
    with clock.frozen(LATER):
        yield Course(twins[0])


def exported(course: Course) -> str:
    path = f"/api/courses/{course.id}/gradebook.csv"
    response = Client().get(path, headers=bearer(token_of(course.twin, "tom")))
    assert response.status_code == 200
    return response.content.decode()


def table_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))


def planned(course: Course, text: str, **body: Any) -> Any:
    return course.done("POST", f"courses/{course.id}/grade-imports", csv=text, **body)


def applied(course: Course, text: str, **body: Any) -> Any:
    plan = planned(course, text, **body)
    assert not plan["applied"]
    return planned(course, text, applyToken=plan["token"], **body)


def points_of(course: Course, assignment: int, enrollment: int | None = None) -> Any:
    with tenant_context(course.twin.id):
        found = Grade.objects.filter(
            assignment_id=assignment, enrollment_id=enrollment or course.lena
        )
        return found.values_list("points", flat=True).first()


def codes(problems: list[dict[str, Any]]) -> list[tuple[int, str | None, str]]:
    return [(one["line"], one["column"], one["code"]) for one in problems]


def test_an_exported_file_changes_nothing_when_it_comes_back(course: Course) -> None:
    course.done("PATCH", f"courses/{course.id}/grading", latePercent=10, missingPercent=20)
    essay = course.add("Essay, part 2; =1+1", due_at=DUE, max_score=10)
    course.add("Never handed in", due_at=DUE)
    course.submit(essay, timedelta(days=1.3))
    course.grade(essay, points=10)
    course.grade(course.sums, isExcused=True)
    text = exported(course)
    header, possible, lena, _meera = table_of(text)
    assert header[:3] == ["Enrollment", "Code", "Name"]
    assert f"Essay, part 2; =1+1 ({essay})" in header
    at = header.index(f"Essay, part 2; =1+1 ({essay})")
    assert (possible[at], lena[at]) == ("10", "10")  # before lateness: it counts 8
    assert lena[header.index(f"Sums ({course.sums})")] == "EX"
    plan = planned(course, text)
    assert (plan["product"], plan["summary"]["changes"], plan["problems"]) == ("OPTILEARN", 0, [])
    assert plan["summary"]["unchanged"] == 3
    assert applied(course, text)["summary"]["changes"] == 0
    assert points_of(course, essay) == 8


def test_a_changed_file_changes_what_was_changed(course: Course) -> None:
    course.done("PATCH", f"courses/{course.id}/grading", latePercent=10)
    essay = course.add("Essay", due_at=DUE, max_score=10)
    course.submit(essay, timedelta(days=1.3))
    rows = table_of(exported(course))
    at = rows[0].index(f"Essay ({essay})")
    rows[2][at], rows[3][at] = "85%", "EX"
    text = "\n".join(";".join(row) for row in rows)
    plan = planned(course, text)
    assert [(one["before"], one["after"]) for one in plan["changes"]] == [
        ({"points": None, "isExcused": False}, {"points": 8.5, "isExcused": False}),
        ({"points": None, "isExcused": False}, {"points": None, "isExcused": True}),
    ]
    assert points_of(course, essay) is None
    done = applied(course, text)
    assert (done["applied"], done["summary"]["changes"]) == (True, 2)
    assert points_of(course, essay) == 6.5  # two days late
    with tenant_context(course.twin.id):
        entries = GradeChange.objects.filter(grade__assignment_id=essay)
        assert set(entries.values_list("cause", flat=True)) == {"IMPORT"}
        work = Submission.objects.get(assignment_id=essay)
        assert (work.score, work.status) == (6.5, "GRADED")
    assert planned(course, text)["summary"]["changes"] == 0


def test_who_grades_between_preview_and_import_is_not_overwritten(course: Course) -> None:
    text = f"code,Sums\nlena,{60}\n"
    token = planned(course, text)["token"]
    course.grade(course.sums, points=90)
    path = f"courses/{course.id}/grade-imports"
    status, error = course.ask("tom", "POST", path, csv=text, applyToken=token)
    assert (status, error["code"]) == (409, "CONFLICT")
    assert points_of(course, course.sums) == 90


CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Anteckningar,Essay (123),\
Quiz (5) (124),Work Nuvarande po\u00e4ng,Nuvarande resultat
,,,,,,Manuell publicering,,(l\u00e4s endast),(l\u00e4s endast)
    Po\u00e4ng m\u00f6jliga,,,,,,"10,0","20,0",(l\u00e4s endast),(l\u00e4s endast)
"Lena",901,lena,,"9A and 9B",,"7,5",EX,"75,0","75,0"
"\u092e\u0940\u0930\u093e",902,,\u092e\u0940\u0930\u093e,9A,fine,N/A,"18,25",,
"Student, Test",903,,4c1,9A,,,,"0,0","0,0"
"""


def test_canvas_has_extra_credit_in_columns_of_no_points(course: Course) -> None:
    text = "Student,ID,SIS User ID,Extra (5)\n    Points Possible,,,0.0\nLena,1,lena,3\n"
    extra = course.add("Extra", due_at=DUE, max_score=10, is_extra_credit=True)
    (column,) = planned(course, text)["columns"]
    assert (column["header"], column["problem"]["code"]) == ("Extra (5)", "OTHER_MAXIMUM")
    chosen = planned(course, text, columns={"Extra (5)": extra})
    assert [one["after"]["points"] for one in chosen["changes"]] == [3]


def test_a_gradebook_of_canvas_in_swedish(course: Course) -> None:
    essay, quiz = course.add("Essay", max_score=10), course.add("quiz (5)", max_score=20)
    plan = planned(course, CANVAS)
    assert plan["product"] == "CANVAS"
    assert [one["assignmentId"] for one in plan["columns"]] == [essay, quiz]
    assert plan["ignoredColumns"] == [
        *("ID", "Section", "Anteckningar", "Work Nuvarande po\u00e4ng", "Nuvarande resultat")
    ]
    assert [(one["line"], one["after"]["points"]) for one in plan["changes"]] == [
        (4, 7.5),
        (4, None),
        (5, 18.25),
    ]
    assert codes(plan["problems"]) == [(6, None, "UNKNOWN_STUDENT")]


def test_other_points_possible_are_not_scaled_silently(course: Course) -> None:
    essay = course.add("Essay", max_score=100)
    text = CANVAS.replace("Quiz (5)", "Unknown")
    plan = planned(course, text)
    assert [one["problem"]["code"] for one in plan["columns"]] == [
        "OTHER_MAXIMUM",
        "UNKNOWN_ASSIGNMENT",
    ]
    plan = planned(course, text, columns={"Essay (123)": essay, "Unknown (124)": None})
    assert [one["assignmentId"] for one in plan["columns"]] == [essay, None]
    assert [one["after"]["points"] for one in plan["changes"]] == [7.5]


def test_codes_are_found_under_any_heading(course: Course) -> None:
    text = "Matricule;Nom complet;Sums\nLENA;L. W.;7\nnobody;N;8\n\u092e\u0940\u0930\u093e;M;9\n"
    plan = planned(course, text)
    assert [one["after"]["points"] for one in plan["changes"]] == [7, 9]
    assert codes(plan["problems"]) == [(3, None, "UNKNOWN_STUDENT")]
    assert [one["header"] for one in plan["columns"]] == ["Nom complet", "Sums"]


@pytest.mark.parametrize("cells", ["1;2", "A;A", "A;B"])
def test_marks_and_letters_are_no_codes(cells: str) -> None:
    first, second = cells.split(";")
    table = read_table(f"name,Sums\nLena,{first}\nMira,{second}\n", max_rows=9)
    found = grade_table(table, ["1", "2", "a"])
    assert [one.header for one in found.columns] == ["Sums"]


MOODLE = """First name,Last name,ID number,Email address,Quiz: Algebra: one (Real),\
Assignment: Essay (Percentage),Feedback: Essay,Course total (Real),Last downloaded from this course
Lena,W,lena,,12.50,85.00 %,Good,97.5,1764000000
X,Y,,meera@example.org,-,A,,-,1764000000
"""


def test_a_gradebook_of_moodle(course: Course) -> None:
    algebra = course.add("Algebra: one", max_score=20)
    essay = course.add("Essay", max_score=10)
    with tenant_context(course.twin.id):
        meera = course.twin.enrollments[1].student_id
        Person.objects.filter(pk=meera).update(email="Meera@example.org")
    plan = planned(course, MOODLE)
    assert plan["product"] == "MOODLE"
    found = {one["header"]: one["assignmentId"] for one in plan["columns"]}
    assert found["Quiz: Algebra: one (Real)"] == algebra
    assert found["Assignment: Essay (Percentage)"] == essay
    assert [one["problem"]["code"] for one in plan["columns"][2:]] == [
        "DUPLICATE_ASSIGNMENT",
        "UNKNOWN_ASSIGNMENT",
    ]
    assert [one["after"]["points"] for one in plan["changes"]] == [12.5, 8.5]
    # A letter of Moodle has another percent than ours.
    assert codes(plan["problems"]) == [(3, "Assignment: Essay (Percentage)", "NOT_A_MARK")]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("NaN", "NOT_A_MARK"),
        ("inf", "NOT_A_MARK"),
        ("1e308", "TOO_LARGE"),
        ("1e-308", None),
        ("-1", "NEGATIVE"),
        ("1,234", "NOT_A_MARK"),
        ("01-Mar", "NOT_A_MARK"),
        ("2026-03-01", "NOT_A_MARK"),
        ("=SUM(A1)", "NOT_A_MARK"),
        ("<b>8</b>", "NOT_A_MARK"),
        ("\u0967\u0968", None),
        ("120", None),
        ("B+", None),
        ("excused", None),
    ],
)
def test_a_bad_cell_says_where_it_stands_and_spares_the_others(
    course: Course, cell: str, code: str | None
) -> None:
    essay = course.add("Essay", max_score=10)
    text = f'code,Essay,Sums\nlena,"{cell}",50\n'
    plan = planned(course, text)
    assert codes(plan["problems"]) == ([] if code is None else [(2, "Essay", code)])
    assert len(plan["changes"]) == (1 if code else 2)
    applied(course, text)
    assert points_of(course, course.sums) == 50
    if cell == "B+":
        assert points_of(course, essay) == Decimal("8.9")
    if cell == "120":
        assert next(one for one in plan["changes"] if one["assignmentId"] == essay)[
            "isAbovePossible"
        ]


def test_rows_that_name_nobody_or_two(course: Course) -> None:
    text = (
        "Enrollment,Code,Name,x,Sums (1)\n"
        f"{course.lena},01-Mar,Lena,,1\n"
        f"{course.lena},lena,,,2\n"
        f"{course.meera},lena,,,3\n"
        "999999,3-Apr,,,4\n"
        ",Mar-26,,,4\n"
        ",nobody,Nobody,,5\n"
    ).replace("(1)", f"({course.sums})")
    plan = planned(course, text)
    assert [one["after"]["points"] for one in plan["changes"]] == [1.0]
    assert codes(plan["problems"]) == [
        (3, None, "DUPLICATE_STUDENT"),
        (4, None, "CONFLICTING_STUDENT"),
        (5, None, "CHANGED_CODE"),
        (6, None, "CHANGED_CODE"),
        (7, None, "UNKNOWN_STUDENT"),
    ]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "code\n", "code,Sums\n", "Sums\n5\n", '"code,Sums\nlena,5', "x" * 200_000]
)
def test_what_is_no_table_is_refused(course: Course, text: str) -> None:
    path = f"courses/{course.id}/grade-imports"
    status, error = course.ask("tom", "POST", path, csv=text)
    assert (status, error["code"]) == (400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == "/csv"


def test_statements_do_not_grow_with_students_and_assignments(course: Course) -> None:
    counts = []
    for number in range(3):
        for more in range(number * 4):
            course.add(f"Work {number} {more}", max_score=10)
        rows = table_of(exported(course))
        for row in rows[2:]:
            row[3:-4] = [str(number + 1)] * (len(rows[0]) - 7)
        text = write_table(rows)
        token = planned(course, text)["token"]
        with CaptureQueriesContext(connection) as queries:
            planned(course, text, applyToken=token)
        counts.append(len(queries))
    assert counts[1] == counts[2]


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=2, max_size=5))
def test_any_table_comes_back(rows: list[list[str]]) -> None:
    rows[0] = ["code", "Essay"]
    rows[1:] = [["x" + first, second] for first, second in rows[1:]]
    table = read_table(write_table(rows), max_rows=10)
    found = [cells for _line, cells in table.rows]
    assert len(found) == len(rows) - 1
    assert [cells[0].split() for cells in found] == [row[0].split() for row in rows[1:]]


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(UnreadableTableError):
        grade_table(read_table(text, max_rows=50))


def test_nobody_is_graded_by_name_whose_work_is_anonymous(course: Course) -> None:
    essay = course.add("Essay", max_score=10, is_anonymous=True, posts_manually=True)
    course.submit(essay, timedelta(0))
    text = "Code,Essay\nlena,7\n"
    plan = planned(course, text)
    assert [one["code"] for one in plan["problems"]] == ["ANONYMOUS"]
    assert plan["summary"]["changes"] == 0
    applied(course, text)
    with tenant_context(course.twin.id):
        assert not Grade.objects.filter(assignment_id=essay).exists()
