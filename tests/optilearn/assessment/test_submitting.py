"""Handing in over HTTP: once for each request, in time, what is allowed, by who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from optilearn.assessment.events import SubmissionsReceived
from optilearn.assessment.models import Assignment, Submission, SubmissionFile
from optilearn.core import events
from optilearn.core.valkey import Valkey
from optilearn.courses.models import Lesson, Module
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.files.models import File
from optilearn.institutions.models import Institution
from tests.support.assignments import Classroom, a_file, an_assignment, handed_in
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DUE = START + timedelta(days=1)
HINDI = "<p>मेरा निबंध &amp; 😀</p>"


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], START)


def made(room: Classroom, **settings: Any) -> Assignment:
    with room.inside():
        return an_assignment(room.twin, **settings)


def submit(room: Classroom, assignment: Assignment, who: str = "lena", **work: Any) -> Any:
    body = {"requestId": "one", "text": "<p>Mine.</p>"} | work
    return room.ask(who, "POST", f"learning/assignments/{assignment.pk}/submissions", **body)


def test_a_request_that_is_sent_again_is_the_same_submission(room: Classroom) -> None:
    essay = made(room, maxAttempts=1, closesAt=DUE.isoformat())
    status, first = submit(room, essay, text=HINDI + "<script>x()</script>")
    assert (status, first["text"], first["isLate"]) == (201, HINDI, False)
    room.now = DUE + timedelta(days=1)
    status, again = submit(room, essay, text="<p>Other</p>")
    assert (status, again["id"], again["text"]) == (201, first["id"], HINDI)
    with room.inside():
        assert Submission.objects.filter(assignment=essay).count() == 1


def test_the_same_request_of_somebody_else_is_their_own(room: Classroom) -> None:
    essay = made(room)
    assert submit(room, essay)[1]["id"] != submit(room, essay, "मीरा")[1]["id"]


def test_attempts_are_stored_and_limited(room: Classroom) -> None:
    essay = made(room, maxAttempts=2)
    for name in ("a", "b"):
        assert submit(room, essay, requestId=name)[0] == 201
        room.now += timedelta(minutes=1)
    status, error = submit(room, essay, requestId="c")
    assert (status, error["code"], error["details"]) == (409, "ATTEMPT_LIMIT", {"attempts": 2})
    shown = room.done("lena", "GET", f"learning/assignments/{essay.pk}")
    assert (shown["attemptsLeft"], len(shown["submissions"])) == (0, 2)


def test_the_servers_clock_says_what_is_late_and_what_is_over(room: Classroom) -> None:
    essay = made(
        room,
        opensAt=START.isoformat(),
        dueAt=DUE.isoformat(),
        closesAt=(DUE + timedelta(hours=1)).isoformat(),
        instructions="<p>Secret until then</p>",
    )
    room.now = START - timedelta(seconds=1)
    status, error = submit(room, essay)
    assert (status, error["code"], error["details"]["reason"]) == (403, "LESSON_LOCKED", "NOT_YET")
    assert room.done("lena", "GET", f"learning/assignments/{essay.pk}")["instructions"] == ""
    room.now = DUE
    assert submit(room, essay, requestId="in time")[1]["isLate"] is False
    room.now = DUE + timedelta(seconds=1)
    assert submit(room, essay, requestId="late")[1]["isLate"] is True
    room.now = DUE + timedelta(hours=1)
    status, error = submit(room, essay, requestId="over")
    assert (status, error["details"]["reason"]) == (403, "CLOSED")
    assert len(room.done("lena", "GET", f"learning/assignments/{essay.pk}/submissions")) == 2


@pytest.mark.parametrize(
    ("types", "work", "place"),
    [
        (["TEXT"], {"text": ""}, ""),
        (["TEXT"], {"text": "<p> </p><p>\u200b</p>"}, ""),
        (["URL"], {"text": "<p>words</p>"}, "/text"),
        (["TEXT"], {"text": "", "url": "https://example.org"}, "/url"),
        (["URL"], {"text": "", "url": "javascript:alert(1)"}, "/url"),
        (["URL"], {"text": "", "url": "https://"}, "/url"),
        (["URL"], {"text": "", "url": "http://[bad"}, "/url"),
        (["URL"], {"text": "", "url": 'https://a.example/"onload='}, "/url"),
        (["TEXT"], {"fileIds": [1]}, "/fileIds"),
        (["FILE"], {"text": "", "fileIds": [999_999]}, "/fileIds/0"),
        ([], {"text": "<p>words</p>"}, "/text"),
        (["TEXT"], {"requestId": " "}, "/requestId"),
        (["TEXT"], {"text": "x" * 200_001}, "/text"),
    ],
)
def test_what_is_not_asked_for_is_refused(
    room: Classroom, types: list[str], work: dict[str, Any], place: str
) -> None:
    essay = made(room, submissionTypes=types)
    status, error = submit(room, essay, **work)
    assert (status, error["code"], error["details"][0]["path"]) == (400, "VALIDATION_ERROR", place)
    with room.inside():
        assert not Submission.objects.filter(assignment=essay).exists()


def test_an_address_is_handed_in(room: Classroom) -> None:
    essay = made(room, submissionTypes=["URL"])
    assert submit(room, essay, text="", url="HTTPS://example.org/a?b=c#d")[0] == 201


def test_files_are_the_callers_own_complete_and_of_an_allowed_type(
    room: Classroom, twins: tuple[Twin, Twin]
) -> None:
    essay = made(room, submissionTypes=["FILE"], fileTypes=["application/pdf"], maxFiles=2)
    with room.inside():
        good = a_file(room.twin)
        bad = [
            a_file(room.twin, "मीरा"),
            a_file(room.twin, status="PENDING", ready_at=None),
            a_file(room.twin, content_type="image/png"),
            a_file(room.twin, category="avatar"),
        ]
    with Classroom(twins[1], START).inside():
        bad.append(a_file(twins[1]))
    for file_id in bad:
        status, error = submit(room, essay, text="", fileIds=[good, file_id])
        assert (status, error["details"][0]["path"]) == (400, "/fileIds/1"), file_id
    assert submit(room, essay, text="", fileIds=[good, good])[0] == 400
    with room.inside():
        assert not File.objects.get(pk=good).is_kept
    status, work = submit(room, essay, text="", fileIds=[good])
    assert (status, [file["id"] for file in work["files"]]) == (201, [good])
    with room.inside():
        assert File.objects.get(pk=good).is_kept
    for who, expected in (("tom", 200), ("uma", 404), ("मीरा", 404), ("lena", 200)):
        assert room.ask(who, "GET", f"files/{good}")[0] == expected, who


def test_students_upload_what_they_hand_in_to_their_courses(room: Classroom) -> None:
    body = {
        "filename": "a.pdf",
        "contentType": "application/pdf",
        "category": "submissions",
        "size": 9,
        "courseId": room.course,
    }
    assert room.ask("lena", "POST", "upload", **body)[0] in {200, 201}
    assert room.ask("sven", "POST", "upload", **body)[0] == 404
    assert room.ask("tom", "POST", "upload", **body)[0] == 403


def test_who_is_not_in_the_course_or_has_left_hands_nothing_in(room: Classroom) -> None:
    essay = made(room)
    assert submit(room, essay, "sven")[0] == 403
    with room.inside():
        lena = room.twin.enrollments[0].pk
        Enrollment.objects.filter(pk=lena).update(expires_at=START - timedelta(days=1))
    status, error = submit(room, essay)
    assert (status, error["code"]) == (403, "ENROLLMENT_REQUIRED")


def test_a_locked_lesson_takes_nothing_and_a_submission_completes_it(room: Classroom) -> None:
    with room.inside():
        module = Module.objects.filter(course_id=room.course).earliest("id")
        lesson = Lesson.objects.create(
            course_id=room.course,
            module=module,
            title="Work",
            kind="ASSIGNMENT",
            position=7,
            completion="SUBMITTED",
            unlock_at=START + timedelta(hours=1),
        )
    essay = made(room, lessonId=lesson.pk)
    status, error = submit(room, essay)
    assert (status, error["code"]) == (403, "LESSON_LOCKED")
    room.now += timedelta(hours=1)
    assert submit(room, essay)[0] == 201
    with room.inside():
        progress = LessonProgress.objects.get(lesson=lesson)
    assert progress.status == "COMPLETED"


def test_others_hear_of_it_once(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[SubmissionsReceived] = []
    monkeypatch.setattr(events, "_handlers", {SubmissionsReceived: [heard.append]})
    essay = made(room)
    key = submit(room, essay)[1]["id"]
    submit(room, essay)
    assert heard == [SubmissionsReceived(essay.pk, (key,))]


def test_what_fails_leaves_nothing_behind(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: SubmissionsReceived) -> None:
        raise RuntimeError

    monkeypatch.setattr(events, "_handlers", {SubmissionsReceived: [fail]})
    essay = made(room, submissionTypes=["FILE"])
    with room.inside():
        file_id = a_file(room.twin)
        with pytest.raises(RuntimeError):
            handed_in(room.twin, essay, text="", file_ids=(file_id,))
        assert not SubmissionFile.objects.exists()
        assert not File.objects.get(pk=file_id).is_kept


def test_a_student_sees_their_own_work_alone(room: Classroom) -> None:
    essay = made(room)
    with room.inside():
        work = handed_in(room.twin, essay)
    assert room.ask("lena", "GET", f"learning/submissions/{work.pk}")[0] == 200
    assert room.ask("मीरा", "GET", f"learning/submissions/{work.pk}")[0] == 404
    listed = room.done("lena", "GET", f"learning/courses/{room.course}/assignments")
    assert {one["title"]: one["status"] for one in listed} == {
        "Essay": "SUBMITTED",
        "Sums": "SUBMITTED",
    }


def test_who_owes_fees_hands_nothing_in(
    room: Classroom, twins: tuple[Twin, Twin], server: Valkey
) -> None:
    essay = made(room)
    Institution.objects.filter(pk=room.twin.id).update(settings={"feeGate": {"enabled": True}})
    with opticrm_of(*twins) as crm:
        crm.schools["north"].fees |= {"crm-lena": "OVERDUE"}
        status, error = submit(room, essay)
        assert (status, error["code"]) == (402, "FEE_OVERDUE")
        assert submit(room, essay, "मीरा")[0] == 201
