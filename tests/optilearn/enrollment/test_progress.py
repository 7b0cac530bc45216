"""Progress, by the server alone: watched stretches, completion rules, the latch, the course."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.events import publish, subscribe
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.events import RequiredLessonsChanged
from optilearn.courses.models import Course, Lesson, Module
from optilearn.crm.models import CompletionOutbox
from optilearn.enrollment import events, services
from optilearn.enrollment.models import Enrollment, LessonProgress
from tests.optilearn.enrollment.player import NOW, Player
from tests.optilearn.enrollment.world import (
    Answer,
    Twins,
    add_lesson,
    ask,
    count_queries,
    enroll,
    fresh,
    lessons_of,
    make_course,
    refused,
)


@pytest.fixture(autouse=True)
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be handed to a worker."""
    sent: list[str] = []
    monkeypatch.setattr("optilearn.crm.completions.enqueue", sent.append)
    return sent


def test_stretches_are_merged_and_counted_once(twins: Twins) -> None:
    player = Player(twins)
    first = player.send(10, (0, 10), resumeSeconds=10)
    assert (first["acceptedSeconds"], first["lesson"]["watchedPct"]) == (10, 10)
    again = player.send(10, (0, 10), resumeSeconds=10)
    assert again["acceptedSeconds"] == 0
    assert again["lesson"] == first["lesson"]
    late = player.send(40, (30, 40), (20, 31), (5, 12))
    assert late["lesson"]["watched"] == [[0, 12], [20, 40]]
    assert late["lesson"]["watchedPct"] == 32
    assert late["lesson"]["resumeSeconds"] == 10
    assert player.row().watched == ((0, 12), (20, 40))


def test_out_of_order_is_fine(twins: Twins) -> None:
    player = Player(twins)
    player.send(60, (40, 60), resumeSeconds=60)
    assert player.send(61, (0, 40))["lesson"]["watched"] == [[0, 60]]


@pytest.mark.parametrize(
    ("after", "claimed", "accepted"),
    [
        (0, 100, 0),
        (0.4, 100, 0),
        (10, 1000, 20),
        (60, 119, 119),
        (60, 1000, 120),
        (1000, 1000, 1000),
        (3600, 5000, 5000),
    ],
)
def test_nobody_watches_faster_than_time(
    twins: Twins, after: float, claimed: int, accepted: int
) -> None:
    player = Player(twins, duration_seconds=10_000)
    data = player.send(after, (0, claimed))
    assert data["acceptedSeconds"] == min(claimed, accepted)
    assert data["lesson"]["watched"] == ([[0, min(claimed, accepted)]] if accepted else [])


def test_what_was_saved_up_is_used_up(twins: Twins) -> None:
    player = Player(twins, duration_seconds=10_000)
    assert player.send(0, (0, 10_000))["acceptedSeconds"] == 0
    assert player.send(10, (0, 10_000))["acceptedSeconds"] == 20
    assert player.send(10, (0, 10_000))["acceptedSeconds"] == 0
    # An idle hour with a report at its end saves two minutes, not an hour.
    assert player.send(3610)["acceptedSeconds"] == 0
    assert player.send(3611, (0, 10_000))["acceptedSeconds"] == 122


def test_double_speed_with_a_shaky_line(twins: Twins) -> None:
    player = Player(twins, duration_seconds=1_000)
    position, sent = 0, 0.0
    for delay in (0, 9, 0.5, 7, 0):
        sent += 10
        assert player.send(sent + delay, (position, position + 20))["acceptedSeconds"] == 20
        position += 20


def test_beyond_the_end_there_is_nothing(twins: Twins) -> None:
    data = Player(twins).send(500, (90, 1_000), resumeSeconds=999_999)
    assert data["lesson"]["watched"] == [[90, 100]]
    assert data["lesson"]["resumeSeconds"] == 100


@pytest.mark.parametrize(
    ("threshold", "watched", "expected"),
    [
        (None, 89, "STARTED"),
        (None, 90, "COMPLETED"),
        (50, 49, "STARTED"),
        (50, 50, "COMPLETED"),
        (100, 99, "STARTED"),
        (100, 100, "COMPLETED"),
        (500, 100, "COMPLETED"),
    ],
)
def test_watching_completes(
    twins: Twins, threshold: int | None, watched: int, expected: str
) -> None:
    player = Player(twins, completion_threshold=threshold)
    assert player.send(200, (0, watched))["lesson"]["status"] == expected


def test_completion_is_a_latch(twins: Twins) -> None:
    player = Player(twins)
    done = player.send(200, (0, 95))["lesson"]
    assert done["completedAt"] == "2026-03-20T12:03:20Z"
    again = player.send(400, (0, 10), resumeSeconds=10)["lesson"]
    assert (again["status"], again["completedAt"]) == ("COMPLETED", done["completedAt"])
    with tenant_context(player.north.id):
        Lesson.objects.filter(pk=player.lesson.pk).update(
            completion_threshold=100, duration_seconds=9_000
        )
    assert player.send(500, (0, 20))["lesson"]["status"] == "COMPLETED"


def test_time_is_counted_by_the_servers_clock(twins: Twins) -> None:
    player = Player(twins, completion="TIME", completion_threshold=60)
    assert player.send(30, seconds=500)["lesson"]["secondsSpent"] == 30
    assert player.send(30, seconds=500)["lesson"]["secondsSpent"] == 30
    data = player.send(90, seconds=20)["lesson"]
    assert (data["secondsSpent"], data["status"]) == (50, "STARTED")
    assert player.send(101, seconds=10)["lesson"]["status"] == "COMPLETED"


def test_a_video_of_unknown_length_is_marked_by_hand(twins: Twins) -> None:
    player = Player(twins, duration_seconds=None)
    assert player.send(10, (0, 10))["lesson"]["watchedPct"] is None
    assert ask(player.north, "lena", "POST", f"{player.path}/complete")[0] == 200


def test_a_lesson_that_was_never_opened_begins_with_its_first_report(twins: Twins) -> None:
    player = Player(twins, opens=False)
    assert player.send(0, (0, 100))["acceptedSeconds"] == 0
    assert player.row().started_at == NOW
    assert player.send(60, (0, 100))["acceptedSeconds"] == 100


@pytest.mark.parametrize(
    "body",
    [
        {"watched": [[10, 0]]},
        {"watched": [[-1, 5]]},
        {"watched": [[0, 1, 2]]},
        {"watched": [[0]]},
        {"watched": [["a", 1]]},
        {"watched": [[0, 1e308]]},
        {"watched": [[0, 1]] * 1001},
        {"watched": None},
        {"seconds": -1},
        {"seconds": 1e30},
        {"resumeSeconds": -1},
        {"progressPct": 100},
        {"status": "COMPLETED"},
    ],
)
def test_reports_that_make_no_sense(twins: Twins, body: dict[str, Any]) -> None:
    north, _ = twins
    lesson = lessons_of(north, north.courses["MATH"])[0]
    answer = ask(north, "lena", "PUT", f"/learning/lessons/{lesson.pk}/progress", body)
    assert refused(answer) == (400, "VALIDATION_ERROR")


def test_a_report_is_a_few_queries(twins: Twins) -> None:
    player = Player(twins)
    key, report = player.lesson.pk, services.Report(9, ((0, 9),), 9)
    send = partial(services.report_progress, lesson_id=key, report=report)
    with clock.frozen(NOW + timedelta(seconds=9)):
        assert count_queries(player.north, "lena", lambda who: send(principal=who)) == 5


def test_an_empty_report_is_one(twins: Twins) -> None:
    player = Player(twins)
    assert player.send(5, (7, 7))["lesson"]["watched"] == []
    assert player.row().seconds_spent == 0


def complete(twins: Twins, lesson: Lesson) -> Answer:
    return ask(twins[0], "lena", "POST", f"/learning/lessons/{lesson.pk}/complete")


def test_a_course_is_completed_by_its_required_lessons(twins: Twins) -> None:
    north, _ = twins
    heard: list[events.Subject] = []
    subscribe(events.CourseCompleted, lambda event: heard.extend(event.subjects))
    course = make_course(north, "BIO", {}, {}, {}, {"is_required": False})
    own = enroll(north, "lena", course)
    lessons = lessons_of(north, course)
    with clock.frozen(NOW):
        shares = [complete(twins, one)[1]["data"]["course"]["progressPct"] for one in lessons[:2]]
        assert shares == [33.33, 66.66]
        assert complete(twins, lessons[1])[0] == 200
        assert complete(twins, lessons[2])[1]["data"]["course"] == {
            "status": "COMPLETED",
            "progressPct": 100,
            "completedAt": "2026-03-20T12:00:00Z",
        }
        complete(twins, lessons[3])
    with tenant_context(north.id):
        box = CompletionOutbox.objects.get()
        assert (box.enrollment_id, box.payload["courseCode"]) == (own.pk, "BIO")
    assert [event.enrollment_id for event in heard] == [own.pk]


def test_lessons_that_are_not_marked_by_hand(twins: Twins) -> None:
    north, _ = twins
    rules = ("OPENED", "TIME", "WATCHED", "SUBMITTED", "PASSED", "ATTENDED")
    course = make_course(
        north, "BIO", *[{"completion": rule, "duration_seconds": 9} for rule in rules]
    )
    enroll(north, "lena", course)
    for lesson in lessons_of(north, course):
        answer = complete(twins, lesson)
        assert refused(answer) == (409, "CONFLICT")
        assert answer[1]["error"]["details"] == {"completion": lesson.completion}


@pytest.mark.parametrize(
    ("rule", "kind", "event", "expected"),
    [
        ("SUBMITTED", "ASSIGNMENT", "SUBMITTED", True),
        ("SUBMITTED", "QUIZ", "PASSED", True),
        ("PASSED", "ASSIGNMENT", "SUBMITTED", False),
        ("PASSED", "ASSIGNMENT", "PASSED", True),
        ("MARKED", "QUIZ", "PASSED", True),
        ("MARKED", "ASSIGNMENT", "PASSED", False),
        ("ATTENDED", "LIVE", "ATTENDED", True),
        ("ATTENDED", "LIVE", "SUBMITTED", False),
    ],
)
def test_results_from_other_apps(
    twins: Twins, rule: str, kind: str, event: str, expected: bool
) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {"completion": rule, "kind": kind}, {})
    own = enroll(north, "lena", course)
    lesson = lessons_of(north, course)[0]
    for first in (True, False):
        with tenant_context(north.id):
            done = services.record_lesson_results(lesson_id=lesson.pk, events={own.pk: event})
        assert done == ({own.pk} if expected and first else set())
    assert fresh(north, own).progress_pct == (Decimal(50) if expected else None)


def test_results_that_do_not_belong_there(twins: Twins) -> None:
    north, _ = twins
    own = north.enrollments[0]
    lesson = lessons_of(north, north.courses["ART"])[0]
    with tenant_context(north.id):
        for key, event in ((lesson.pk, "PASSED"), (0, "PASSED"), (lesson.pk, "SLEPT")):
            with pytest.raises(ValueError):
                services.record_lesson_results(lesson_id=key, events={own.pk: event})


def test_a_late_result_counts_on_the_return(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {"completion": "PASSED"})
    own = enroll(north, "lena", course, status="WITHDRAWN", withdrawn_by=north.people["lena"])
    with tenant_context(north.id):
        lesson = Lesson.objects.get(course=course)
        assert services.record_lesson_results(lesson_id=lesson.pk, events={own.pk: "PASSED"})
        assert fresh(north, own).status == "WITHDRAWN"
        assert not CompletionOutbox.objects.exists()
    answer = ask(north, "lena", "POST", f"/enrollments/{own.pk}/return")
    assert answer[1]["data"]["status"] == "COMPLETED"
    with tenant_context(north.id):
        assert CompletionOutbox.objects.count() == 1


def test_lessons_that_come_and_go(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {}, {}, {})
    own = enroll(north, "lena", course)
    idle = enroll(north, "मीरा", course, status="ENDED")
    lessons = lessons_of(north, course)
    complete(twins, lessons[0])

    def changed(**facts: Any) -> Enrollment:
        with tenant_context(north.id):
            Lesson.objects.filter(pk=lessons[2].pk).update(**facts)
            publish(RequiredLessonsChanged(course.pk))
        return fresh(north, own)

    assert changed(archived_at=NOW).progress_pct == Decimal("50.00")
    with tenant_context(north.id):
        add_lesson(course, Module.objects.get(course=course), position=9)
    assert changed(archived_at=None).progress_pct == Decimal("25.00")
    complete(twins, lessons[1])
    with tenant_context(north.id):
        Lesson.objects.filter(course=course, position=9).delete()
    assert changed(is_required=False).status == "COMPLETED"
    with tenant_context(north.id):
        add_lesson(course, Module.objects.get(course=course), position=9)
    later = changed(is_required=True)
    assert (later.status, later.progress_pct) == ("COMPLETED", Decimal("100.00"))
    assert fresh(north, idle).status == "ENDED"
    with tenant_context(north.id):
        assert CompletionOutbox.objects.count() == 1


def test_a_course_without_required_lessons_is_never_completed_by_itself(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {"is_required": False})
    own = enroll(north, "lena", course)
    complete(twins, lessons_of(north, course)[0])
    with tenant_context(north.id):
        services.recompute_course(course.pk)
        services.recompute_course(2**40)
        assert Course.objects.filter(pk=course.pk).exists()
    assert (fresh(north, own).status, fresh(north, own).progress_pct) == ("ACTIVE", Decimal(0))


def test_nothing_remains_of_a_completion_that_could_not_be_queued(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle: progress, completion and outbox stand or fall together."""
    north, _ = twins
    course = make_course(north, "BIO", {})
    own = enroll(north, "lena", course)
    (lesson,) = lessons_of(north, course)

    def broken(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("optilearn.enrollment.services.completion.queue_completion", broken)
    with tenant_context(north.id), pytest.raises(MemoryError):
        services.complete_by_hand(principal=north.principal("lena"), lesson_id=lesson.pk)
    assert fresh(north, own).status == "ACTIVE"
    with tenant_context(north.id):
        assert not LessonProgress.objects.filter(lesson=lesson).exists()
    monkeypatch.undo()
