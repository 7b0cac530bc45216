"""The school's use of what a learning platform has: rules, seats, exceptions, opinions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache
from typing import Any

from optilearn.courses.services.content import DEFAULT_COMPLETION
from optilearn.courses.services.richtext import sanitized
from optilearn.demo.opticrm.springdale import springdale
from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.content import is_hindi
from optilearn.demo.springdale.lifecycle import FULL, TIMED
from optilearn.demo.springdale.records import Course, Lesson
from optilearn.enrollment.services.learning import watched_pct
from tests.support.school import school

NOW = at(TODAY, 24 * 3600)


def tables() -> Any:
    return school().tables


@cache
def courses() -> dict[int, Course]:
    return {row.id: row for row in tables()["courses_course"]}


@cache
def lessons() -> dict[int, Lesson]:
    return {row.id: row for row in tables()["courses_lesson"]}


def stretches(literal: str | None) -> tuple[tuple[int, int], ...]:
    return tuple((int(a), int(b)) for a, b in re.findall(r"\[(\d+),(\d+)\)", literal or ""))


def test_each_lesson_has_the_rule_of_its_kind_and_content_that_is_clean() -> None:
    for lesson in lessons().values():
        rule = (lesson.completion, lesson.completion_threshold)
        assert rule == DEFAULT_COMPLETION[lesson.kind]
        assert (lesson.duration_seconds is not None) == (lesson.kind in {"VIDEO", "LIVE"})
        assert lesson.content
        assert sanitized(lesson.content) == lesson.content
        assert is_hindi(lesson.content) == is_hindi(lesson.title)
    for course in courses().values():
        assert sanitized(course.description) == course.description
        assert re.fullmatch(r'\{"[^"{}\\]+"(,"[^"{}\\]+")*\}', course.tags)


def test_nobody_used_a_lesson_before_it_opened_or_after_it_closed() -> None:
    enrolled = {row.id: row.enrolled_at for row in tables()["enrollment_enrollment"]}
    moved = {row.lesson_id for row in tables()["courses_lessonoverride"]}
    used = {row.lesson_id for row in tables()["activity_event"]}
    assert moved
    assert not moved & used
    drips = 0
    for event in tables()["activity_event"]:
        lesson = lessons().get(event.lesson_id)
        if lesson is None:
            continue
        if lesson.unlock_at:
            assert event.occurred_at >= lesson.unlock_at
        if lesson.closes_at:
            assert event.occurred_at < lesson.closes_at
        if lesson.unlock_after_days is not None:
            drips += 1
            days = (event.occurred_at - enrolled[event.enrollment_id]).total_seconds() / 86_400
            assert days >= lesson.unlock_after_days
    assert drips > 1000


def test_exceptions_are_for_somebody_and_say_why() -> None:
    overrides = tables()["courses_lessonoverride"]
    assert sum(bool(row.section_id) for row in overrides) == 2
    assert len({row.student_id for row in overrides if row.student_id}) == 4
    known = {row.crm_id for row in tables()["crm_section"]}
    enrolled = {(row.student_id, row.course_id) for row in tables()["enrollment_enrollment"]}
    for row in overrides:
        assert row.reason
        assert bool(row.section_id) != bool(row.student_id)
        assert row.section_id in known or (row.student_id, row.course_id) in enrolled
        assert lessons()[row.lesson_id].course_id == row.course_id
        assert (row.unlock_at or row.closes_at) > NOW


def test_one_course_comes_after_another_and_that_after_a_third() -> None:
    needs = {row.course_id: row.requires_id for row in tables()["courses_prerequisite"]}
    (club,) = set(needs) - set(needs.values())
    chain = [club, needs[club], needs[needs[club]]]
    assert [courses()[key].title for key in chain] == [
        "Robotics Club", "Computer Science", "Computer Science",
    ]  # fmt: skip
    assert [courses()[key].term_id for key in chain] == [2, 2, 1]


def test_a_lesson_is_completed_as_its_rule_says() -> None:
    used = defaultdict(set)
    for event in tables()["activity_event"]:
        used[event.enrollment_id].add(event.lesson_id)
    work = {row.id: row.lesson_id for row in tables()["assessment_assignment"]}
    handed_in: dict[tuple[int, int | None], Any] = {}
    for row in tables()["assessment_submission"]:
        if row.attempt_id is not None:
            continue  # its quiz is completed by passing
        key = (row.enrollment_id, work[row.assignment_id])
        handed_in[key] = min(handed_in.get(key, row.submitted_at), row.submitted_at)
    submitted = 0
    for row in tables()["enrollment_lessonprogress"]:
        lesson = lessons()[row.lesson_id]
        is_done = row.status == "COMPLETED"
        assert is_done == (row.completed_at is not None)
        assert row.started_at <= row.reported_at < NOW
        if lesson.completion == "SUBMITTED":
            assert row.completed_at == handed_in.get((row.enrollment_id, row.lesson_id))
            submitted += is_done
            continue
        assert row.lesson_id in used[row.enrollment_id]
        if lesson.completion == "OPENED":
            assert is_done
    assert submitted == len([key for key in handed_in if key[1] is not None])


def test_videos_were_watched_as_far_as_it_says() -> None:
    parts = Counter[int]()
    for row in tables()["enrollment_lessonprogress"]:
        lesson = lessons()[row.lesson_id]
        if lesson.kind != "VIDEO":
            assert (row.watched, row.watched_pct) == (None, None)
            continue
        watched = stretches(row.watched)
        flat = [second for stretch in watched for second in stretch]
        assert flat == sorted(set(flat))
        assert watched[-1][1] <= (lesson.duration_seconds or 0)
        assert row.watched_pct == watched_pct(watched, lesson.duration_seconds)
        assert (row.watched_pct >= 90) == (row.status == "COMPLETED")
        assert 2 * row.seconds_spent >= sum(end - start for start, end in watched)
        parts[len(watched)] += 1
    assert parts[1] > parts[2] > 0


def test_seats_ends_and_returns() -> None:
    enrollments = tables()["enrollment_enrollment"]
    expired = [row for row in enrollments if row.status == "EXPIRED"]
    assert len(expired) == 8
    assert all(row.expires_at < NOW for row in expired)
    last = {row.id: row.last_activity_at for row in enrollments}
    assert all(last[row.id] is None or last[row.id] < row.expires_at for row in expired)
    running = [row for row in enrollments if row.status == "ACTIVE" and row.expires_at]
    assert all(row.expires_at > NOW for row in running)
    timed = {row.id for row in courses().values() if row.access_days == TIMED[1]}
    assert len(timed) == 1
    returned = [row for row in running if row.course_id not in timed]
    assert len(returned) >= 4
    for row in enrollments:
        left = row.status == "WITHDRAWN"
        assert left == bool(row.withdrawn_at) == bool(row.withdrawn_by_id)
        assert left == bool(row.withdrawal_reason)


def test_the_full_course_is_full_and_somebody_waits() -> None:
    (full,) = (c for c in courses().values() if c.max_enrollments and c.title == FULL)
    held = Counter(
        row.course_id
        for row in tables()["enrollment_enrollment"]
        if row.status in {"ACTIVE", "COMPLETED"}
    )
    assert held[full.id] == full.max_enrollments
    assert all(held[c.id] <= c.max_enrollments for c in courses().values() if c.max_enrollments)
    status = {
        (row.student_id, row.course_id): row.status for row in tables()["enrollment_enrollment"]
    }
    entries = tables()["enrollment_waitingentry"]
    assert Counter(row.status for row in entries) == {"WAITING": 12, "LEFT": 2, "ENROLLED": 1}
    assert [row.rank for row in entries] == sorted(row.rank for row in entries)
    for row in entries:
        expected = "ACTIVE" if row.status == "ENROLLED" else None
        assert status.get((row.student_id, row.course_id)) == expected
        assert (row.settled_at is None) == (row.status == "WAITING")
        assert row.joined_at < (row.settled_at or NOW) <= NOW


def test_ratings_add_up_and_are_given_by_who_takes_the_course() -> None:
    ratings = tables()["enrollment_courserating"]
    assert len({(row.student_id, row.course_id) for row in ratings}) == len(ratings)
    totals: dict[int, list[int]] = defaultdict(list)
    for row in ratings:
        totals[row.course_id].append(row.stars)
        assert row.created_at <= row.updated_at <= NOW
    for course in courses().values():
        stars = totals[course.id]
        assert (course.rating_count, course.rating_total) == (len(stars), sum(stars))
    assert {row.stars for row in ratings} == {1, 2, 3, 4, 5}
    comments = [row.comment for row in ratings]
    assert sum(is_hindi(text) for text in comments) > 20 < sum(text.isascii() for text in comments)
    live = {
        (row.student_id, row.course_id)
        for row in tables()["enrollment_enrollment"]
        if row.status in {"ACTIVE", "COMPLETED"}
    }
    assert {(row.student_id, row.course_id) for row in ratings} <= live


def test_what_is_completed_is_all_completed() -> None:
    for row in tables()["enrollment_enrollment"]:
        assert (row.status == "COMPLETED") == (row.completed_at is not None)
        assert (row.status == "COMPLETED") == (row.progress_pct == Decimal(100))


def test_the_school_and_its_opticrm_know_the_same_people_and_classes() -> None:
    crm = springdale()
    people = {"USER": crm.users, "STUDENT": crm.students, "PARENT": crm.parents}
    for kind, known in people.items():
        ours = {row.crm_id: row for row in tables()["people_person"] if row.kind == kind}
        assert ours.keys() == known.keys()
        for key, row in ours.items():
            assert (row.name, row.email) == (known[key]["name"], known[key]["email"])
    classes = {row.id: row for row in tables()["crm_schoolclass"]}
    assert [(row.crm_id, row.name) for row in classes.values()] == [
        (row["id"], row["name"]) for row in crm.classes
    ]
    assert [
        (classes[row.school_class_id].crm_id, row.crm_id, row.name)
        for row in tables()["crm_section"]
    ] == [(c["id"], s["id"], s["name"]) for c in crm.classes for s in c["sections"]]
    targets = {c.target_class_ids.strip("{}") for c in courses().values()} - {""}
    assert targets == {row.crm_id for row in classes.values()}
