"""Lists of students: what would happen, making it happen, and sending the rest again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core.access.principal import Principal
from optilearn.core.spreadsheets import guarded
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.text import code_of
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment, WaitingEntry
from optilearn.enrollment.services import enroll_list
from optilearn.enrollment.services.bulk_text import from_csv, from_paste, rejected_file
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import (
    Twins,
    ask,
    count_queries,
    enroll,
    fresh,
    make_course,
    make_student,
    refused,
    seats_agree,
)

UTC = ZoneInfo("UTC")


def send(twins: Twins, course: Course, **body: Any) -> dict[str, Any]:
    status, answer = ask(twins[0], "tom", "POST", f"/courses/{course.pk}/enrollments/bulk", body)
    assert status == 200, answer
    data: dict[str, Any] = answer["data"]
    return data


def outcomes(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["input"], row["outcome"]) for row in data["rows"]]


def crowd(twins: Twins) -> Course:
    """People of every kind that a list can name."""
    north, _ = twins
    make_student(north, "ravi", email="Ravi@Example.org")
    make_student(north, "two", email="same@example.org")
    make_student(north, "three", email="same@example.org")
    make_student(north, "gone", status="INACTIVE")
    make_student(north, "राधा", name="राधा देवी")
    course = make_course(north, "BIO")
    enroll(north, "मीरा", course)
    return course


PASTED = "lena, tom\tcrm-sven;ravi@example.ORG\r\nmeera\nमीरा\nlena\n\nsame@example.org,gone;राधा"
EXPECTED = [
    ("lena", "ENROLL"),
    ("tom", "NOT_STUDENT"),
    ("crm-sven", "ENROLL"),
    ("ravi@example.ORG", "ENROLL"),
    ("meera", "UNKNOWN"),
    ("मीरा", "ALREADY"),
    ("lena", "DUPLICATE"),
    ("same@example.org", "AMBIGUOUS"),
    ("gone", "INACTIVE"),
    ("राधा", "ENROLL"),
]


def test_a_preview_and_the_deed_agree(twins: Twins) -> None:
    course = crowd(twins)
    before = send(twins, course, text=PASTED)
    assert outcomes(before) == EXPECTED
    with tenant_context(twins[0].id):
        assert Enrollment.objects.filter(course=course).count() == 1
    assert before["rows"][9]["name"] == "राधा देवी"
    after = send(twins, course, text=PASTED, apply=True)
    assert after | {"applied": False} == before
    assert seats_agree(twins[0], course) == 5
    assert after["summary"] == {
        "lines": 10,
        "enroll": 4,
        "reenroll": 0,
        "change": 0,
        "already": 1,
        "duplicate": 1,
        "unknown": 1,
        "ambiguous": 1,
        "notStudent": 1,
        "inactive": 1,
        "invalid": 0,
        "full": 0,
        "rejected": 4,
    }
    again = send(twins, course, text=PASTED, apply=True)
    assert again["summary"]["enroll"] == 0
    assert again["summary"]["already"] == 5


def test_a_preview_leaves_everything_as_it_was(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    own = enroll(north, "मीरा", course, expires_at="2026-01-31T00:00Z")
    assert outcomes(send(twins, course, text="lena,sven")) == [("lena", "ENROLL"), ("sven", "FULL")]
    assert fresh(north, own).status == "ACTIVE"
    send(twins, course, text="lena,sven", apply=True)
    assert fresh(north, own).status == "EXPIRED"
    assert seats_agree(north, course) == 1


def test_the_rejected_come_back_as_a_file_that_can_be_sent_again(twins: Twins) -> None:
    north, _ = twins
    course = crowd(twins)
    make_student(north, "=cmd()")
    text = (
        "\ufeffCode;Expires At;Outcome\r\nlena;2027-03-31;pass\r\n"
        '"nobody";2027-03-31;\r\nsven;soon;\r\n=x;;\r\n=cmd();;\r\n'
    )
    first = send(twins, course, csv=text, apply=True)
    assert [row["outcome"] for row in first["rows"]] == [
        "ENROLL",
        "UNKNOWN",
        "INVALID",
        "UNKNOWN",
        "ENROLL",
    ]
    with tenant_context(north.id):
        lena = Enrollment.objects.get(course=course, student__code="lena")
    assert (lena.outcome, lena.expires_at and lena.expires_at.isoformat()) == (
        "PASS",
        "2027-03-31T23:00:00+00:00",  # the end of the day in London
    )
    rows = list(csv.DictReader(io.StringIO(first["rejectedCsv"])))
    assert [row["code"] for row in rows] == ["nobody", "sven", "'=x"]
    assert all(row["reason"] for row in rows)
    corrected = first["rejectedCsv"].replace("nobody", "ravi").replace("soon", "2027-01-01")
    second = send(twins, course, csv=corrected, apply=True)
    assert [row["outcome"] for row in second["rows"]] == ["ENROLL", "ENROLL", "UNKNOWN"]
    assert second["rows"][2]["input"] == "=x"
    third = send(twins, course, csv=second["rejectedCsv"])
    assert third["rejectedCsv"] == second["rejectedCsv"]


def test_seats_run_out_in_the_order_of_the_list(twins: Twins) -> None:
    north, _ = twins
    crowd(twins)
    course = make_course(north, "CHEM", max_enrollments=2)
    data = send(
        twins, course, text="lena nobody".replace(" ", "\n") + "\nसven\nsven\nravi", apply=True
    )
    assert [row["outcome"] for row in data["rows"]] == [
        "ENROLL",
        "UNKNOWN",
        "UNKNOWN",
        "ENROLL",
        "FULL",
    ]
    assert seats_agree(north, course) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, None),
        ({"text": "a", "csv": "id\na"}, None),
        ({"text": " ,;\n\t"}, "EMPTY"),
        ({"csv": ""}, "EMPTY"),
        ({"csv": "id\n\n"}, "EMPTY"),
        ({"csv": "name\nlena"}, "HEADER"),
        ({"csv": "id,id\nlena,lena"}, "HEADER"),
        ({"csv": "lena\nsven"}, "HEADER"),
        ({"csv": "id\n" + "x" * 200_000}, "CSV"),
        ({"text": "a\n" * 10_001}, "TOO_MANY"),
        ({"csv": "id\n" + "a\n" * 10_001}, "TOO_MANY"),
    ],
)
def test_what_is_no_list(twins: Twins, body: dict[str, Any], code: str | None) -> None:
    north, _ = twins
    path = f"/courses/{north.courses['MATH'].pk}/enrollments/bulk"
    answer = ask(north, "tom", "POST", path, body)
    assert refused(answer) == (400, "VALIDATION_ERROR")
    if code:
        assert answer[1]["error"]["details"][0]["code"] == code


@pytest.mark.parametrize(
    ("csv_text", "expected"),
    [
        ("id\n", None),
        ("email,id\nravi@example.org,\n", "ENROLL"),
        ("code\nravi@example.org\n", "UNKNOWN"),
        ("email\nravi\n", "UNKNOWN"),
        ("id,outcome\nravi,GREAT\n", "INVALID"),
        ("id,expiresAt\nravi,1850-01-01\n", "INVALID"),
        ("id,expiresAt\nravi,9999-12-31\n", "INVALID"),
        ("id,expiresAt\nravi,2027-03-28T01:30\n", "ENROLL"),
        ('id,notes\n"ravi","a\nline, and ""quotes"""\n', "ENROLL"),
        ("id,expiresAt\n,2027-01-01\n", "INVALID"),
        ("id\n" + "r" * 401, "INVALID"),
    ],
)
def test_single_lines(twins: Twins, csv_text: str, expected: str | None) -> None:
    course = crowd(twins)
    if expected is not None:
        assert [one[1] for one in outcomes(send(twins, course, csv=csv_text))] == [expected]


def by_keyword(write: Callable[..., object]) -> Callable[[Principal], object]:
    """The write, taking its principal first."""
    return lambda who: write(principal=who)


def test_ten_thousand_lines_are_as_many_queries_as_ten(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"c{n}", code=f"b{n}", name=f"B {n}")
            for n in range(4_000)
        )
    counts = []
    for code, lines in (("C1", 10), ("C2", 9_990)):
        course = make_course(north, code)
        text = "\n".join(f"b{n % 5_000}" for n in range(lines))
        send_all = partial(enroll_list, course_id=course.pk, text=text, file=None, apply=True)
        counts.append(count_queries(north, "tom", by_keyword(send_all)))
    # Few are welcomed at once, many by the worker: two statements less.
    assert counts[1] <= counts[0] <= 16
    data = send(twins, course, text=text)
    assert data["summary"]["already"] == 4_000
    assert data["summary"]["duplicate"] == 4_000
    assert data["summary"]["unknown"] == 1_990
    assert seats_agree(north, course) == 4_000


def test_who_may_send_lists(twins: Twins) -> None:
    north, south = twins
    body = {"text": "lena"}
    path = f"/courses/{north.courses['MATH'].pk}/enrollments/bulk"
    for name, expected in (("uma", 403), ("lena", 403), ("pia", 403), ("anil", 403), ("asha", 200)):
        assert ask(north, name, "POST", path, body)[0] == expected
    assert ask(south, "asha", "POST", path, body)[0] == 404


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_pasted_text_is_read_or_refused(words: list[str]) -> None:
    try:
        entries = from_paste("\n".join(words))
    except ValueError:
        return
    assert all(entry.text.strip() == entry.text for entry in entries)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20),
        min_size=1,
        max_size=8,
    )
)
def test_a_file_of_the_rejected_reads_back_the_same(words: list[str]) -> None:
    """And no cell of it begins a formula."""
    try:
        entries = from_paste(";".join(words))
    except ValueError:
        return
    text = rejected_file((entry, "=reason()") for entry in entries)
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    again = from_csv(text, UTC)
    assert [entry.text for entry in again] == [entry.text for entry in entries]
    assert rejected_file((entry, "=reason()") for entry in again) == text


@given(st.text(max_size=10))
def test_a_guarded_cell_is_unguarded_once(cell: str) -> None:
    assert guarded(cell).removeprefix("'") in {cell, cell.removeprefix("'")}


@pytest.mark.parametrize(
    "text",
    [
        "Lena Li <lena@example.org>",
        "<lena@example.org>",
        "mailto:lena@example.org",
        "MAILTO:lena@example.org?subject=Hello",
        "“lena@example.org”",
        "\u200elena@exa\u200bmple.org\ufeff",
        "\xa0lena@example.org\xa0",
    ],
)
def test_addresses_are_found_as_a_person_would(twins: Twins, text: str) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Person.objects.filter(code="lena").update(email="lena@example.org")
    course = make_course(north, "BIO")
    assert [row["name"] for row in send(twins, course, text=text)["rows"]] == ["Lena"]
    quoted = text.replace('"', "")
    assert send(twins, course, csv=f"E-mail\n{quoted}\n")["rows"][0]["name"] == "Lena"


@pytest.mark.parametrize("typed", ["\u095c\u0947-1", "ड़\u0947-1", "ड़\ufff9\u0947-\u31641"])
def test_a_code_is_found_however_it_is_composed(twins: Twins, typed: str) -> None:
    north, _ = twins
    make_student(north, code_of("\u095c\u0947-1"))
    course = make_course(north, "BIO")
    for body in ({"text": typed}, {"csv": f"Roll No.\n{typed}\n"}):
        assert [row["outcome"] for row in send(twins, course, **body)["rows"]] == ["ENROLL"]


@pytest.mark.parametrize(
    "csv",
    [
        "sep=;\nStudent ID;End date\nlena;2090-01-01\n",
        "\ufeffsep=;\r\nadmission no.;Result\r\nlena;\r\n",
        "Student-Code\nlena\n",
        '"Student ID","Name"\nlena,Lena\n',
    ],
)
def test_heads_are_read_as_people_write_them(twins: Twins, csv: str) -> None:
    course = make_course(twins[0], "BIO")
    data = send(twins, course, csv=csv)
    assert [row["outcome"] for row in data["rows"]] == ["ENROLL"]


def test_an_end_that_has_passed_is_refused(twins: Twins) -> None:
    course = make_course(twins[0], "BIO", max_enrollments=1)
    data = send(twins, course, csv="code,expiresAt\nlena,2020-01-01\nsven,\n")
    assert [row["outcome"] for row in data["rows"]] == ["INVALID", "ENROLL"]
    assert "2020-01-01" in data["rejectedCsv"]


def test_who_left_comes_back_and_ends_and_outcomes_are_set(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", access_days=30)
    left = enroll(north, "lena", course, status="WITHDRAWN")
    lapsed = enroll(north, "sven", course, status="EXPIRED", expires_at="2026-01-31T00:00Z")
    there = enroll(north, "मीरा", course)
    make_student(north, "ada")
    enroll(north, "ada", course, outcome="PASS")
    text = "code,expiresAt,outcome\nlena,,\nsven,,\nमीरा,2090-01-01,fail\nada,,PASS\nlena,,PASS\n"
    before = send(twins, course, csv=text)
    wanted = ["REENROLL", "REENROLL", "CHANGE", "ALREADY", "INVALID"]
    assert [row["outcome"] for row in before["rows"]] == wanted
    assert fresh(north, left).status == "WITHDRAWN"
    after = send(twins, course, csv=text, apply=True)
    assert after | {"applied": False} == before
    assert ",lena,,,PASS," in after["rejectedCsv"]
    assert (after["summary"]["reenroll"], after["summary"]["change"]) == (2, 1)
    assert fresh(north, left).status == "ACTIVE"
    assert fresh(north, left).withdrawn_at is None
    back = fresh(north, lapsed)
    assert back.status == "ACTIVE"
    assert back.expires_at is not None
    assert back.expires_at.year > 2025
    changed = fresh(north, there)
    assert (changed.outcome, changed.expires_at and changed.expires_at.year) == ("FAIL", 2090)
    assert seats_agree(north, course) == 4


def test_who_comes_back_needs_a_seat_like_everybody(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    left = enroll(north, "lena", course, status="WITHDRAWN")
    data = send(twins, course, text="sven;lena", apply=True)
    assert [row["outcome"] for row in data["rows"]] == ["ENROLL", "FULL"]
    assert "lena" in data["rejectedCsv"]
    assert fresh(north, left).status == "WITHDRAWN"


def test_a_seat_passed_on_in_this_call_is_given_as_the_list_has_it(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    enroll(north, "मीरा", course, expires_at="2026-01-31T00:00Z")
    with tenant_context(north.id):
        student = Person.objects.get(code="lena")
        WaitingEntry.objects.create(student=student, course=course, rank=1)
    text = "code,expiresAt,outcome\nlena,2090-01-01,PASS\nsven,,\n"
    before = send(twins, course, csv=text)
    assert [row["outcome"] for row in before["rows"]] == ["ENROLL", "FULL"]
    after = send(twins, course, csv=text, apply=True)
    assert after | {"applied": False} == before
    with tenant_context(north.id):
        own = Enrollment.objects.get(course=course, student=student)
    assert (own.status, own.outcome) == ("ACTIVE", "PASS")
    assert own.expires_at is not None
    assert own.expires_at.year == 2090
    assert seats_agree(north, course) == 1
