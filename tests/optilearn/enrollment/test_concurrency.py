"""Many at once, with threads and transactions that are really committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from optilearn.core import clock
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.crm.models import CompletionOutbox
from optilearn.enrollment import services
from optilearn.enrollment.models import Enrollment, LessonProgress, WaitingEntry
from tests.optilearn.enrollment.world import (
    Twins,
    enroll,
    fresh,
    lessons_of,
    make_course,
    make_student,
    seats_agree,
)
from tests.support.at_once import at_once as answers_of
from tests.support.at_once import committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

CROWD = 8


@pytest.fixture(scope="module")
def _database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twins]:
    with committed_twins("crowd", django_db_blocker) as twins:
        yield twins


@pytest.fixture
def committed(_database: Twins, monkeypatch: pytest.MonkeyPatch) -> Twin:
    """North, in a database of its own where nothing is rolled back."""
    monkeypatch.setattr("optilearn.crm.completions.enqueue", lambda _task: None)
    return _database[0]


def at_once(twin: Twin, *jobs: Callable[[], object]) -> Counter[str]:
    """Run the jobs at the same time; how often each ended how ("ok" or the refusal's code)."""
    return Counter(_end_of(answer) for answer in answers_of(twin, jobs))


def _end_of(answer: object) -> str:
    if isinstance(answer, AppError):
        return answer.code.value
    return repr(answer) if isinstance(answer, Exception) else "ok"


def crowd(twin: Twin, code: str) -> list[str]:
    names = [f"{code}-{n}" for n in range(CROWD)]
    for name in names:
        make_student(twin, name)
    return names


def test_one_wins_the_last_seat(committed: Twin) -> None:
    north = committed
    course = make_course(north, "LAST", max_enrollments=1)
    jobs = [
        lambda name=name: services.enroll_self(principal=north.principal(name), course_id=course.pk)
        for name in crowd(north, "last")
    ]
    assert at_once(north, *jobs) == {"ok": 1, "COURSE_FULL": CROWD - 1}
    assert seats_agree(north, course) == 1


def test_a_double_submit_is_one_enrollment(committed: Twin) -> None:
    north = committed
    course = make_course(north, "DOUBLE")
    lena = north.principal("lena")
    job = lambda: services.enroll_self(principal=lena, course_id=course.pk)  # noqa: E731
    assert at_once(north, *[job] * CROWD) == {"ok": 1, "ALREADY_ENROLLED": CROWD - 1}
    assert seats_agree(north, course) == 1


def test_lists_and_students_at_once(committed: Twin) -> None:
    north = committed
    course = make_course(north, "MIXED", max_enrollments=CROWD - 2)
    names = crowd(north, "mixed")

    def listed() -> None:
        services.enroll_list(
            principal=north.principal("tom"),
            course_id=course.pk,
            text="\n".join(names),
            file=None,
            apply=True,
        )

    jobs: list[Callable[[], object]] = [listed, listed]
    jobs += [
        lambda name=name: services.enroll_self(  # type: ignore[misc]
            principal=north.principal(name), course_id=course.pk
        )
        for name in names[:4]
    ]
    ends = at_once(north, *jobs)
    assert set(ends) <= {"ok", "ALREADY_ENROLLED", "COURSE_FULL"}
    assert seats_agree(north, course) == CROWD - 2


def test_seats_freed_and_taken_at_once_are_never_too_many(committed: Twin) -> None:
    north = committed
    course = make_course(north, "SWAP", max_enrollments=4)
    names = crowd(north, "swap")
    held = [enroll(north, name, course) for name in names[:4]]
    with tenant_context(north.id):
        services.recount(course_id=course.pk)
        for name in names[4:6]:
            services.join_waiting_list(principal=north.principal(name), course_id=course.pk)
    jobs: list[Callable[[], object]] = [
        lambda own=own: services.withdraw(  # type: ignore[misc]
            principal=north.principal("tom"), enrollment_id=own.pk
        )
        for own in held
    ]
    jobs += [
        lambda name=name: services.enroll_self(  # type: ignore[misc]
            principal=north.principal(name), course_id=course.pk
        )
        for name in names[6:]
    ]
    ends = at_once(north, *jobs)
    assert set(ends) <= {"ok", "COURSE_FULL"}
    assert 2 <= seats_agree(north, course) <= 4
    with tenant_context(north.id):
        entries = WaitingEntry.objects.filter(course=course)
        assert set(entries.values_list("status", flat=True)) == {"ENROLLED"}


@pytest.mark.parametrize("round_", range(3))
def test_the_last_two_lessons_complete_a_course_once(committed: Twin, round_: int) -> None:
    north = committed
    course = make_course(north, f"PAIR{round_}", {}, {})
    own = enroll(north, "lena", course)
    lena = north.principal("lena")
    jobs = [
        lambda key=lesson.pk: services.complete_by_hand(principal=lena, lesson_id=key)
        for lesson in lessons_of(north, course)
        for _twice in range(3)
    ]
    assert at_once(north, *jobs) == {"ok": 6}
    done = fresh(north, own)
    assert (done.status, str(done.progress_pct)) == ("COMPLETED", "100.00")
    with tenant_context(north.id):
        assert CompletionOutbox.objects.filter(enrollment_id=own.pk).count() == 1


def test_players_opened_lessons_and_changed_courses_at_once(committed: Twin) -> None:
    """All that writes to one enrollment, in every order of locks there is."""
    north = committed
    course = make_course(
        north,
        "STORM",
        {"kind": "VIDEO", "completion": "WATCHED", "duration_seconds": 60},
        {"completion": "PASSED", "kind": "QUIZ"},
    )
    own = enroll(north, "lena", course)
    video, quiz = lessons_of(north, course)
    lena = north.principal("lena")

    def watch(start: int) -> Callable[[], object]:
        report = services.Report(10, ((start, start + 20),), start)
        return lambda: services.report_progress(principal=lena, lesson_id=video.pk, report=report)

    with clock.frozen(clock.now() - timedelta(hours=1)), tenant_context(north.id):
        services.open_lesson(principal=lena, lesson_id=video.pk)
    jobs: list[Callable[[], object]] = [watch(0), watch(20), watch(40), watch(0)]
    jobs += [lambda: services.open_lesson(principal=lena, lesson_id=video.pk)] * 2
    jobs += [
        lambda: services.record_lesson_results(lesson_id=quiz.pk, events={own.pk: "PASSED"})
    ] * 2
    jobs += [lambda: services.recompute_course(course.pk)] * 2
    jobs += [lambda: services.assign_free_seats_of(course.pk)] * 2
    assert at_once(north, *jobs) == {"ok": len(jobs)}
    assert fresh(north, own).status == "COMPLETED"
    with tenant_context(north.id):
        assert LessonProgress.objects.get(lesson=video).watched == ((0, 60),)
        assert CompletionOutbox.objects.filter(enrollment_id=own.pk).count() == 1


def test_stars_at_once_are_all_counted(committed: Twin) -> None:
    north = committed
    course = make_course(north, "STARS", {})
    names = crowd(north, "stars")
    for name in names:
        enroll(north, name, course)
    jobs = [
        lambda name=name: services.rate_course(
            principal=north.principal(name), course_id=course.pk, stars=4
        )
        for name in names
    ]
    assert at_once(north, *jobs) == {"ok": CROWD}
    with tenant_context(north.id):
        row = Course.objects.get(pk=course.pk)
        assert (row.rating_count, row.rating_total) == (CROWD, 4 * CROWD)
        assert Enrollment.objects.filter(course=course).count() == CROWD
