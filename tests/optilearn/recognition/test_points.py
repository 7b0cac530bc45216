"""Points: each achievement counts once, by the rule of its moment."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services import record_lesson_results
from optilearn.notifications.models import Notification
from optilearn.people.models import Person
from optilearn.recognition.models import CoursePoints, EarnedBadge, LearnerTotals, PointsEntry
from tests.optilearn.enrollment.world import count_queries, enroll, make_student
from tests.support.certificates import MARCH, complete, done, refused
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def own(twin: Twin, name: str = "lena", at: Any = MARCH) -> Any:
    with clock.frozen(at):
        return done(twin, name, "GET", "/me/recognition")


def completed(twin: Twin, name: str = "lena") -> Enrollment:
    with tenant_context(twin.id), clock.frozen(MARCH):
        return complete(twin, name)


def passed(twin: Twin, *names: str, event: str = "PASSED") -> None:
    """The students send in the quiz that MATH's lesson is."""
    with tenant_context(twin.id), clock.frozen(MARCH):
        lesson = Lesson.objects.get(course=twin.courses["MATH"])
        Lesson.objects.filter(pk=lesson.pk).update(kind="QUIZ", completion="SUBMITTED")
        own = Enrollment.objects.filter(student__code__in=names, course=twin.courses["MATH"])
        events = dict.fromkeys(own.values_list("id", flat=True), event)
        record_lesson_results(lesson_id=lesson.pk, events=events)


def badge(twin: Twin, count: str, at_least: int, title: str = "") -> int:
    rule = {"all": [{"count": count, "atLeast": at_least}]}
    body = {"title": title or f"{count} {at_least}", "rule": rule}
    return int(done(twin, "asha", "POST", "/badges", body)["id"])


def test_lessons_quizzes_and_courses_have_points(twins: Twins) -> None:
    north = twins[0]
    passed(north, "lena")
    found = own(north)
    assert found["points"] == 10 + 20 + 100
    assert (found["lessonsCompleted"], found["quizzesPassed"], found["coursesCompleted"]) == (
        1,
        1,
        1,
    )
    with clock.frozen(MARCH):
        ledger = done(north, "lena", "GET", "/me/points")
    assert {(one["kind"], one["points"]) for one in ledger} == {
        ("LESSON_COMPLETED", 10),
        ("QUIZ_PASSED", 20),
        ("COURSE_COMPLETED", 100),
    }
    assert {one["courseTitle"] for one in ledger} == {"Math for all"}


def test_a_quiz_that_is_not_passed_is_a_lesson_alone(twins: Twins) -> None:
    passed(twins[0], "lena", event="SUBMITTED")
    assert own(twins[0])["quizzesPassed"] == 0
    passed(twins[0], "lena")  # a later attempt
    assert own(twins[0])["quizzesPassed"] == 1


@pytest.mark.parametrize("again", [1, 3])
def test_the_same_achievement_counts_once(twins: Twins, again: int) -> None:
    north = twins[0]
    for _again in range(1 + again):
        passed(north, "lena", "मीरा")
    enrollment = completed(north)
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=enrollment.pk).update(status="ENDED")
    done(north, "tom", "POST", f"/enrollments/{enrollment.pk}/return")
    assert own(north)["points"] == 130
    with tenant_context(north.id):
        assert PointsEntry.objects.count() == 6
        assert CoursePoints.objects.get(student=north.people["lena"]).points == 130


def test_totals_are_the_sums_of_the_ledger(twins: Twins) -> None:
    north = twins[0]
    passed(north, "lena", "मीरा")
    with tenant_context(north.id):
        for totals in LearnerTotals.objects.all():
            entries = PointsEntry.objects.filter(student_id=totals.student_id)
            assert totals.points == sum(entries.values_list("points", flat=True))
            assert totals.lessons_completed == entries.filter(kind="LESSON_COMPLETED").count()


def test_a_rule_is_for_what_is_still_to_come(twins: Twins) -> None:
    north, south = twins
    completed(north, "lena")
    changed = done(north, "asha", "PATCH", "/points-rules", {"lessonCompleted": 3})
    assert changed == {"lessonCompleted": 3, "quizPassed": 20, "courseCompleted": 100}
    completed(north, "मीरा")
    assert (own(north)["points"], own(north, "मीरा")["points"]) == (110, 103)
    completed(south, "lena")
    assert own(south)["points"] == 110
    assert refused(north, "asha", "PATCH", "/points-rules", {"quizPassed": -1})[0] == 400


def test_a_badge_is_earned_once_and_told_once(twins: Twins) -> None:
    north = twins[0]
    first = badge(north, "lessonsCompleted", 1, "First <b>lesson</b>")
    badge(north, "lessonsCompleted", 2)
    passed(north, "lena")
    passed(north, "lena")
    assert [one["id"] for one in own(north)["badges"]] == [first]
    with tenant_context(north.id):
        (sent,) = Notification.objects.filter(key="BADGE_EARNED")
    assert sent.data == {"badgeId": first, "badgeTitle": "First <b>lesson</b>"}
    listed = done(north, "tom", "GET", "/badges")
    assert {one["title"]: one["earned"] for one in listed} == {
        "First <b>lesson</b>": 1,
        "lessonsCompleted 2": 0,
    }


def test_all_conditions_have_to_be_met(twins: Twins) -> None:
    north = twins[0]
    rule = {
        "all": [
            {"count": "coursesCompleted", "atLeast": 1},
            {"count": "quizzesPassed", "atLeast": 1},
        ]
    }
    done(north, "asha", "POST", "/badges", {"title": "Both", "rule": rule})
    completed(north)
    assert own(north)["badges"] == []
    passed(north, "lena")
    assert [one["title"] for one in own(north)["badges"]] == ["Both"]


def test_a_new_badge_is_for_who_meets_it_already(twins: Twins) -> None:
    north = twins[0]
    completed(north)
    badge(north, "points", 110)
    key = badge(north, "points", 111)
    assert [one["title"] for one in own(north)["badges"]] == ["points 110"]
    easier = {"rule": {"all": [{"count": "points", "atLeast": 1}]}}
    for _again in range(2):
        done(north, "asha", "PATCH", f"/badges/{key}", easier)
    assert len(own(north)["badges"]) == 2
    harder = {"rule": {"all": [{"count": "points", "atLeast": 999}]}}
    done(north, "asha", "PATCH", f"/badges/{key}", harder)
    assert len(own(north)["badges"]) == 2  # who has it keeps it
    with tenant_context(north.id):
        assert Notification.objects.filter(key="BADGE_EARNED").count() == 2


def test_a_badge_brings_no_points_and_earns_no_other(twins: Twins) -> None:
    north = twins[0]
    badge(north, "points", 1)
    badge(north, "points", 111)
    completed(north)
    with tenant_context(north.id):
        assert EarnedBadge.objects.count() == 1
    assert own(north)["points"] == 110


@pytest.mark.parametrize(
    "rule",
    [
        {"all": []},
        {"all": [{"count": "badges", "atLeast": 1}]},
        {"all": [{"count": "points", "atLeast": 0}]},
        {"any": [{"count": "points", "atLeast": 1}]},
        {"all": [{"count": "points", "atLeast": 1}] * 6},
        {"all": [{"count": "points", "atLeast": 1, "then": "badge"}]},
    ],
)
def test_what_is_no_rule_is_refused(twins: Twins, rule: Any) -> None:
    assert refused(twins[0], "asha", "POST", "/badges", {"title": "x", "rule": rule})[0] == 400


def test_titles_are_taken_once_and_others_see_what_can_be_earned(twins: Twins) -> None:
    north = twins[0]
    key = badge(north, "points", 1)
    body = {"title": "points 1", "rule": {"all": [{"count": "points", "atLeast": 2}]}}
    assert refused(north, "asha", "POST", "/badges", body) == (409, "CONFLICT")
    done(north, "asha", "PATCH", f"/badges/{key}", {"isActive": False})
    assert len(done(north, "asha", "GET", "/badges")) == 1
    assert done(north, "lena", "GET", "/badges") == []
    completed(north)
    assert own(north)["badges"] == []


def board(twin: Twin, name: str, path: str = "") -> Any:
    return done(twin, name, "GET", path or f"/courses/{twin.courses['MATH'].pk}/leaderboard")


def places(found: Any) -> list[tuple[int, str]]:
    return [(one["place"], one["name"]) for one in found["rows"]]


def test_who_does_not_want_to_be_on_it_is_there_for_themselves(twins: Twins) -> None:
    north = twins[0]
    make_student(north, "nora")
    enroll(north, "nora", north.courses["MATH"])
    passed(north, "lena")
    passed(north, "मीरा", "nora", event="SUBMITTED")
    assert places(board(north, "nora")) == [(1, "Lena"), (2, "Nora"), (2, "मीरा")]
    hide = {"isHiddenOnLeaderboards": True}
    assert done(north, "lena", "PATCH", "/me/recognition", hide)["isHiddenOnLeaderboards"] is True
    for name in ("nora", "tom"):
        found = board(north, name)
        assert (places(found), found["total"]) == ([(1, "Nora"), (1, "मीरा")], 2)
    assert places(board(north, "lena")) == [(1, "Lena"), (2, "Nora"), (2, "मीरा")]
    assert board(north, "lena")["own"]["points"] == 130
    assert board(north, "tom")["own"] is None


def test_ones_own_place_is_there_however_low(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    from optilearn.recognition.points import selectors

    monkeypatch.setattr(selectors, "LEADERS", 1)
    north = twins[0]
    passed(north, "lena")
    passed(north, "मीरा", event="SUBMITTED")
    found = board(north, "मीरा")
    assert places(found) == [(1, "Lena")]
    assert (found["own"]["place"], found["own"]["isCaller"], found["total"]) == (2, True, 2)


def test_a_class_has_one_of_all_courses(twins: Twins) -> None:
    north = twins[0]
    with tenant_context(north.id):
        Person.objects.filter(code__in=["lena", "sven"]).update(class_id="10A")
        Person.objects.filter(code="मीरा").update(class_id="10B")
        enroll(north, "sven", north.courses["ART"])
        complete(north, "sven", "ART")
        complete(north, "lena")
        complete(north, "मीरा")
    assert places(board(north, "lena", "/me/class-leaderboard")) == [(1, "Lena"), (1, "Sven")]
    with tenant_context(north.id):
        Person.objects.update(class_id="")
    assert board(north, "lena", "/me/class-leaderboard")["own"] is None


def test_who_left_is_on_none(twins: Twins) -> None:
    north = twins[0]
    passed(north, "lena", "मीरा")
    with tenant_context(north.id):
        Enrollment.objects.filter(student__code="lena").update(status="WITHDRAWN")
        Person.objects.filter(code="मीरा").update(status="INACTIVE")
    assert board(north, "tom")["rows"] == []


def test_reads_cost_the_same_at_any_number(twins: Twins) -> None:
    from optilearn.core.http.pages import PageQuery
    from optilearn.recognition.points import selectors

    north = twins[0]
    course = north.courses["MATH"].pk
    query = PageQuery(page=1, per_page=25)
    counts = []
    for names in (["lena"], ["lena", "मीरा"]):
        passed(north, *names)
        badge(north, "points", len(names))
        counts.append(
            [
                count_queries(north, "lena", selectors.own_recognition),
                count_queries(north, "lena", selectors.class_leaderboard),
                count_queries(north, "lena", lambda p: selectors.course_leaderboard(p, course)),
                count_queries(north, "lena", lambda p: selectors.badges(p, query)),
                count_queries(north, "lena", lambda p: selectors.own_points(p, query)),
            ]
        )
    assert counts == [[2, 1, 2, 2, 2]] * 2


def test_an_achievement_costs_two_statements_for_any_number(twins: Twins) -> None:
    north = twins[0]
    for n in range(6):
        make_student(north, f"s{n}")
        enroll(north, f"s{n}", north.courses["MATH"])
    counts = []
    for names in (["s0"], [f"s{n}" for n in range(1, 6)]):
        with CaptureQueriesContext(connection) as asked:
            passed(north, *names)
        counts.append(sum("recognition_points" in q["sql"] for q in asked.captured_queries))
    assert counts == [2, 2]  # lessons with their quizzes, and courses


def test_an_erased_person_leaves_none(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    from optilearn.privacy import services as privacy

    monkeypatch.setattr(privacy, "enqueue", lambda task: None)
    north = twins[0]
    badge(north, "points", 1)
    passed(north, "lena", "मीरा")
    lena = north.people["lena"].pk
    body = {"reason": "The parents asked for it.", "confirm": "lena"}
    done(north, "asha", "POST", f"/people/{lena}/erase", body)
    with tenant_context(north.id):
        for model in (PointsEntry, CoursePoints, LearnerTotals, EarnedBadge):
            students = set(model.objects.values_list("student_id", flat=True))
            assert students == {north.people["मीरा"].pk}
