"""A person's data over HTTP: handed over, or erased."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from django.db import connection

from optilearn.activity.models import ActivityEvent
from optilearn.analytics.result_cache import CachedAnswer, key_of, result_cache
from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.personal_data import Treatment
from optilearn.core.redacting import without_person
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.courses.models import CoTeacher, Course, LessonOverride
from optilearn.crm.models import CompletionOutbox
from optilearn.crm.services import refresh_directory
from optilearn.enrollment.models import CourseRating, Enrollment, WaitingEntry
from optilearn.files.models import File
from optilearn.people.directory import is_erased
from optilearn.people.models import ApiToken, Person
from optilearn.privacy import services
from optilearn.privacy.models import ErasedPerson
from optilearn.privacy.rewriting import forget_answers
from optilearn.privacy.rules import RULES
from optilearn.privacy.sweep import tenant_models
from reports.contracts import AnswerIdentity
from tests.support.client import call, token_of
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture(autouse=True)
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(services, "enqueue", sent.append)
    return sent


def fill(twin: Twin) -> None:
    """A row of every table that refers to Lena, and to Tom, with things to say about them."""
    lena, tom = twin.people["lena"], twin.people["tom"]
    course = twin.courses["MATH"]
    with tenant_context(twin.id):
        Person.objects.filter(pk=lena.pk).update(email="lena@secret.example")
        Enrollment.objects.filter(student=lena).update(
            attributes={"note": "secret"}, withdrawal_reason="secret", withdrawn_by=tom
        )
        lesson = course.lessons.get()
        LessonOverride.objects.create(lesson=lesson, course=course, student=lena, reason="secret")
        WaitingEntry.objects.create(course=twin.courses["ART"], student=lena, rank=1)
        CourseRating.objects.create(course=course, student=lena, stars=4, comment="secret")
        CompletionOutbox.objects.create(
            enrollment_id=twin.enrollments[0].pk, student_id=lena.pk, next_attempt_at=clock.now()
        )
        for owner, category in ((lena, "submissions"), (tom, "lessons")):
            File.objects.create(
                owner=owner, category=category, key=f"lms/{category}", name="secret.pdf",
                content_type="application/pdf", size_bytes=1, is_kept=True, status="READY",
            )  # fmt: skip
        ApiToken.objects.create(
            person=tom, name="secret", token_hash=b"x" * 32, hint="abcd", scopes=["courses:read"]
        )


def export(twin: Twin, caller: str, whom: int) -> tuple[int, dict[str, Any]]:
    return call("GET", f"/api/people/{whom}/export", token=token_of(twin, caller))


@pytest.mark.parametrize(
    "reason",
    [
        "Lena Müller asked.",
        "LENA’s parents, of the müllers, asked",
        "Mu\u0308ller, L-1 (lena@example.org) asked",
        "asked by Li, whose li\u200bst is long",
        "मीरा के माता-पिता ने कहा",
    ],
)
def test_a_typed_reason_forgets_the_person(reason: str) -> None:
    facts = ["Lena Li Müller", "L-1", "lena@example.org", "मीरा"]
    left = without_person(reason, facts).casefold()
    for name in ("lena", "müller", "l-1", "example.org", "मीरा"):
        assert name not in unicodedata.normalize("NFC", left)
    assert "asked" in left or "कहा" in left
    assert without_person("a list", facts) == "a list"


def erase(twin: Twin, caller: str, whom: int, confirm: str = "lena") -> tuple[int, dict[str, Any]]:
    return call(
        "POST",
        f"/api/people/{whom}/erase",
        token=token_of(twin, caller),
        body={"reason": "The parents of Lena asked for it.", "confirm": confirm},
    )


def test_everything_about_a_person_and_nothing_of_others(twins: Twins) -> None:
    north, _ = twins
    fill(north)
    lena = north.people["lena"].pk
    status, body = export(north, "lena", lena)
    assert status == 200
    tables = {(t["table"], t["column"]): t["rows"] for t in body["data"]["tables"]}
    assert set(tables) == {
        (rule.table, column)
        for rule in RULES
        for column in ["studentId", "ownerId", "actorId"]
        if rule.table
        in {
            "activity_event", "courses_lessonoverride", "enrollment_waitingentry",
            "crm_completionoutbox", "enrollment_enrollment", "enrollment_courserating",
            "enrollment_lessonprogress", "assessment_submission",
        }
        and column == "studentId"
    } | {("files_file", "ownerId")}  # fmt: skip
    assert body["data"]["person"]["email"] == "lena@secret.example"
    [enrolled] = tables["enrollment_enrollment", "studentId"]
    assert enrolled["studentId"] == lena
    assert "withdrawnById" not in enrolled  # somebody else's id
    assert enrolled["attributes"] == {"note": "secret"}
    text = json.dumps(body, ensure_ascii=False)
    for name, person in north.people.items():
        if name != "lena":
            assert f'"{person.name}"' not in text
    assert "institutionId" not in text
    with tenant_context(north.id):
        entry = AuditEntry.objects.get(action="person.export")
    assert (entry.actor_id, entry.target) == (lena, f"person:{lena}")


def test_a_teachers_export_says_nothing_of_the_students(twins: Twins) -> None:
    north, _ = twins
    fill(north)
    status, body = export(north, "sita", north.people["tom"].pk)
    assert status == 200
    tables = {(t["table"], t["column"]): t["rows"] for t in body["data"]["tables"]}
    [withdrawn] = tables["enrollment_enrollment", "withdrawnById"]
    assert set(withdrawn) == {"id", "withdrawnAt"}
    [token] = tables["people_apitoken", "personId"]
    assert token["name"] == "secret"
    assert "tokenHash" not in token
    assert tables["courses_course", "creatorId"][0]["code"] == "MATH"


@pytest.mark.parametrize("caller", ["tom", "paul", "anil", "sven", "मीरा", "pia"])
def test_others_are_not_handed_anything(twins: Twins, caller: str) -> None:
    north, south = twins
    assert export(north, caller, north.people["lena"].pk)[0] == 404
    assert export(south, "asha", north.people["lena"].pk)[0] == 404
    assert erase(north, caller, north.people["lena"].pk)[0] == 403
    assert erase(south, "asha", north.people["lena"].pk)[0] == 404


def test_a_person_is_erased(twins: Twins, handed_over: list[str]) -> None:
    north, south = twins
    fill(north)
    fill(south)
    lena = north.people["lena"].pk
    token = token_of(north, "lena")
    untouched = counts(south)
    status, body = erase(north, "asha", lena)
    assert status == 200, body
    applied = {t["table"]: (t["rule"], t["rows"]) for t in body["data"]["tables"] if t["rows"]}
    assert applied["activity_event"] == ("CASCADE", 1)
    assert applied["enrollment_enrollment"] == ("ANONYMISE", 1)
    assert applied["assessment_submission"] == ("ANONYMISE", 1)
    with tenant_context(north.id):
        row = Person.objects.get(pk=lena)
        assert (row.name, row.email, row.status, row.attributes) == (
            "Erased person", "", "INACTIVE", {},
        )  # fmt: skip
        assert row.sessions_valid_from is not None
        assert not ActivityEvent.objects.filter(student_id=lena).exists()
        assert not WaitingEntry.objects.filter(student_id=lena).exists()
        assert not LessonOverride.objects.filter(student_id=lena).exists()
        assert not CompletionOutbox.objects.filter(student_id=lena).exists()
        enrolled = Enrollment.objects.get(student_id=lena)
        assert (enrolled.attributes, enrolled.withdrawal_reason) == ({}, "")
        rating = CourseRating.objects.get(student_id=lena)
        assert (rating.stars, rating.comment) == (4, "")
        let_go, kept = File.objects.order_by("-category")
        assert (let_go.owner_id, let_go.name, let_go.is_kept) == (None, "", False)
        assert let_go.released_at is not None
        assert kept.owner_id == north.people["tom"].pk
        assert kept.is_kept
        entry = AuditEntry.objects.get(action="person.erase")
        assert entry.details["reason"] == "The parents of … asked for it."
        assert "lena" not in json.dumps(entry.details).lower()
        assert ErasedPerson.objects.get().rewritten_at is None
    assert not texts_with("lena", north)
    assert counts(south) == untouched
    assert handed_over == ["privacy.rewrite_snapshots"]
    assert call("GET", "/api/session", token=token)[0] == 401
    assert erase(north, "asha", lena)[0] == 409
    assert export(north, "asha", lena)[0] == 404


def test_staff_are_erased_and_their_courses_stay(twins: Twins) -> None:
    north, _ = twins
    fill(north)
    tom = north.people["tom"].pk
    assert erase(north, "asha", tom, confirm=" to\u200bm\ufeff ")[0] == 200
    with tenant_context(north.id):
        assert Course.objects.get(code="MATH").creator_id == tom
        assert not CoTeacher.objects.filter(person_id=tom).exists()
        assert not ApiToken.objects.exists()
        assert File.objects.get(category="lessons").is_kept


def test_an_erasure_is_confirmed_and_not_ones_own(twins: Twins) -> None:
    north, _ = twins
    people = north.people
    assert erase(north, "asha", people["lena"].pk, confirm="Lena")[0] == 400
    assert erase(north, "asha", people["asha"].pk, confirm="asha")[0] == 409
    assert erase(north, "asha", people["sita"].pk, confirm="sita")[0] == 403
    with tenant_context(north.id):
        assert not ErasedPerson.objects.exists()
    assert erase(north, "sita", people["asha"].pk, confirm="asha")[0] == 200


def test_nothing_brings_the_erased_back(twins: Twins) -> None:
    north, south = twins
    token, lena = token_of(north, "lena"), north.people["lena"]
    assert erase(north, "asha", lena.pk)[0] == 200
    with opticrm_of(north, south) as crm, tenant_context(north.id):
        assert is_erased("STUDENT", "crm-lena")
        assert not is_erased("PARENT", "crm-lena")
        assert refresh_directory().problem == ""
        assert call("GET", "/api/session", token=token)[0] == 401
        status, body = call("GET", "/api/parent/children", token=token_of(north, "pia"))
        assert (status, body["data"]) == (200, [])
        assert not Person.objects.filter(crm_id="crm-lena").exists()
        assert Person.objects.get(pk=lena.pk).name == "Erased person"
        assert crm.count("children") == 1
    with tenant_context(south.id):
        assert not is_erased("STUDENT", "crm-lena")
    assert call("GET", "/api/session", token=token_of(south, "lena"))[0] == 200


def test_kept_answers_of_the_institution_are_dropped(twins: Twins, server: Valkey) -> None:
    north, south = twins
    for twin in twins:
        for n in range(3):
            server.call(
                "SET", key_of(twin.id, AnswerIdentity(f"d{n}", "s", "", "", "", "x", 0)), b"kept"
            )
    with tenant_context(north.id):
        forget_answers()
    left = {key.decode().split(":")[4] for key in server.call("KEYS", "optilearn:result:*")}
    assert left == {str(south.id)}


def test_a_rewritten_snapshot_has_answers_of_its_own(server: Valkey) -> None:
    old, new = (
        key_of(1, AnswerIdentity("d", "s", digest, "", "", "x", 0))
        for digest in ("before", "after")
    )
    assert old != new
    server.call("SET", old, f"{old}\n1\n{{".encode())
    assert isinstance(result_cache().find(old), CachedAnswer)
    assert result_cache().find(new) is None


def counts(twin: Twin) -> dict[str, int]:
    """Rows of every table, and that they are as they were: the sum of their changes."""
    found = {}
    with tenant_context(twin.id), connection.cursor() as cursor:
        for table in tenant_models():
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def texts_with(word: str, twin: Twin) -> list[str]:
    """Tables in which a row says the word, anywhere."""
    found = []
    with tenant_context(twin.id), connection.cursor() as cursor:
        for table in tenant_models():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_the_treatments_are_all_used() -> None:
    assert {rule.treatment for rule in RULES} == set(Treatment)
