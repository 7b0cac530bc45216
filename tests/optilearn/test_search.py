"""Searches: the same answer in whatever form, case or order the words are typed."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optilearn.core.tenancy.context import tenant_context
from optilearn.core.text import INVISIBLE, comparable
from optilearn.courses.models import Course
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import Twins, ask, enroll, make_course, make_student

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
TITLES = ["Café littéraire", "सड़क सुरक्षा", "पढ़ाई और लिखाई", "ﬁnance", "Straße", "ΟΔΟΣ", "Ångström"]


def found_courses(twins: Twins, question: str) -> list[str]:
    path = f"/courses?q={quote(question)}&perPage=100"
    return sorted(one["title"] for one in ask(twins[0], "tom", "GET", path)[1]["data"])


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_found_in_every_form(twins: Twins, title: str) -> None:
    for nth, form in enumerate(FORMS):
        make_course(twins[0], f"C{nth}", title=unicodedata.normalize(form, title))
    for form in FORMS:
        for typed in (title, title.upper(), f"\u200f {title.replace(' ', '  ')}\ufeff"):
            assert len(found_courses(twins, unicodedata.normalize(form, typed))) == len(FORMS), (
                form,
                typed,
            )


def test_the_nukta_in_one_character_or_two(twins: Twins) -> None:
    """U+0958 to U+095F and their two characters (Unicode 16, table 12-1)."""
    letters = {0x958: "क", 0x959: "ख", 0x95A: "ग", 0x95B: "ज", 0x95C: "ड", 0x95D: "ढ", 0x95E: "फ"}
    for one, base in (letters | {0x95F: "य"}).items():
        make_course(twins[0], f"ONE{one}", title=f"म{chr(one)}न")
        make_course(twins[0], f"TWO{one}", title=f"म{base}\u093cन")
        for typed in (f"म{chr(one)}न", f"म{base}\u093cन"):
            assert len(found_courses(twins, typed)) == 2


def test_signs_belong_to_words(twins: Twins) -> None:
    for title in ("C++ for all", "C# in depth", "Chemistry", "C for beginners", "Plus + minus"):
        make_course(twins[0], title, title=title)
    assert found_courses(twins, "C++") == ["C++ for all"]
    assert found_courses(twins, "c#") == ["C# in depth"]
    assert found_courses(twins, "all c++") == ["C++ for all"]
    assert found_courses(twins, "+") == ["C++ for all", "Plus + minus"]
    assert found_courses(twins, "it's \\ & | ! <-> :* '") == []


def test_people_are_found_by_words_in_any_order_and_by_address(twins: Twins) -> None:
    north, _ = twins
    make_student(north, "S-7", name="Renée  Marie Dubois", email="Renee.D@example.org")
    make_student(north, "50%_off", name="राधा गाड़िया")
    course = north.courses["MATH"]
    for name in ("S-7", "50%_off"):
        enroll(north, name, course)
    for question, code in (
        ("dubois renée", "S-7"),
        ("  marie   DUBOIS ", "S-7"),
        (unicodedata.normalize("NFD", "renée"), "S-7"),
        ("renee.d@EXAMPLE.org", "S-7"),
        ("dubois s-7", "S-7"),
        ("\u200bDubois", "S-7"),
        ("गा\u095cिया राधा", "50%_off"),
        ("0%_", "50%_off"),
        ("dubois \\", None),
        ("%", "50%_off"),
        ("dubois lena", None),
    ):
        wanted = [code] if code else []
        people = ask(north, "tom", "GET", f"/people?q={quote(question)}")[1]["data"]
        assert [one["code"] for one in people] == wanted, question
        path = f"/courses/{course.pk}/enrollments?q={quote(question)}"
        roster = ask(north, "tom", "GET", path)[1]["data"]
        assert [one["student"]["code"] for one in roster] == wanted, question
    everybody = ask(north, "tom", "GET", f"/people?perPage=100&q={quote(INVISIBLE + ' ')}")
    assert everybody[1]["meta"]["total"] == len(north.people)


def test_people_stand_in_the_order_of_the_alphabet(twins: Twins) -> None:
    with tenant_context(twins[0].id):
        Person.objects.filter(code="tom").update(name="abe")
    found = ask(twins[0], "asha", "GET", "/people?perPage=100")[1]["data"]
    names = [one["name"] for one in found]
    assert names[0] == "abe"
    assert names == sorted(names, key=str.lower)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30))
def test_postgresql_folds_all_forms_of_a_text_alike(db: None, text: str) -> None:
    """And at least as widely as Unicode's canonical equivalence says."""
    with connection.cursor() as cursor:
        forms = [unicodedata.normalize(form, text) for form in FORMS]
        cursor.execute("SELECT optilearn_fold(t) FROM unnest(%s::text[]) t", [[text, *forms]])
        found = {row[0] for row in cursor.fetchall()}
        assert len(found) == 1
        (folded,) = found
        cursor.execute("SELECT optilearn_fold(%s)", [folded])
        assert cursor.fetchone() == (folded,)
        assert not set(INVISIBLE) & set(folded)


@pytest.mark.parametrize("title", [*TITLES, "क्\u200dष", "a\u00adb"])
def test_both_rules_are_one(db: None, title: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT optilearn_fold(%s)", [title])
        assert cursor.fetchone() == (comparable(title),)


def test_what_was_written_stays_as_it_was(twins: Twins) -> None:
    made = make_course(twins[0], "X", title="Cafe\u0301\u200b")
    with tenant_context(twins[0].id):
        assert Course.objects.get(pk=made.pk).title == "Cafe\u0301\u200b"
