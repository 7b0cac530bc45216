"""The school's live classes, discussions, announcements and paths, by the product's own rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest

from optilearn.courses.services.richtext import sanitized
from optilearn.demo.springdale.calendar import HOLIDAYS, TODAY, ZONE, at
from optilearn.demo.springdale.content import is_hindi
from optilearn.institutions.options import attendance_percent
from optilearn.live.series import dates_of
from tests.support.school import school

pytestmark = pytest.mark.slow

NOW = at(TODAY, 18 * 3600)


def rows(table: str) -> list[Any]:
    return list(school().tables[table])


def test_classes_are_the_dates_of_their_series() -> None:
    classes = defaultdict(list)
    for one in rows("live_liveclass"):
        classes[one.series_id].append(one)
    for series in rows("live_liveseries"):
        held = classes[series.id]
        start = held[0].starts_at.astimezone(ZONE).replace(tzinfo=None)
        dates = dates_of(f"{series.rule};COUNT={len(held)}", start, ZONE)
        assert [one.starts_at for one in held] == list(dates.starts)
        assert {one.course_id for one in held} == {series.course_id}
    for one in rows("live_liveclass"):
        is_holiday = one.starts_at.astimezone(ZONE).date() in HOLIDAYS
        assert (one.status == "CANCELLED") == is_holiday
        assert one.ends_at <= NOW


def test_attendance_is_of_who_was_enrolled_and_follows_the_threshold() -> None:
    classes = {one.id: one for one in rows("live_liveclass")}
    enrollments = {row.id: row for row in rows("enrollment_enrollment")}
    seen = set()
    for row in rows("live_attendance"):
        held, own = classes[row.live_class_id], enrollments[row.enrollment_id]
        assert (own.student_id, own.course_id) == (row.student_id, held.course_id)
        assert own.enrolled_at <= held.starts_at
        assert row.course_id == held.course_id
        share = 100 * row.present_seconds
        expected = "PRESENT" if share >= row.class_seconds * attendance_percent({}) else "PARTIAL"
        assert row.measured == (expected if row.present_seconds else "ABSENT")
        assert (row.status != row.measured) == bool(row.reason)
        seen.add((row.live_class_id, row.enrollment_id))
    assert len(seen) == len(rows("live_attendance"))
    found = Counter(row.status for row in rows("live_attendance"))
    assert 0.8 < found["PRESENT"] / found.total() < 0.95


def test_threads_have_their_posts_in_order() -> None:
    posts = defaultdict(list)
    for post in rows("community_discussionpost"):
        posts[post.thread_id].append(post)
    students = {(row.student_id, row.course_id) for row in rows("enrollment_enrollment")}
    teachers = {course.id: course.creator_id for course in rows("courses_course")}
    for thread in rows("community_discussionthread"):
        own = posts[thread.id]
        assert [post.number for post in own] == list(range(1, thread.last_number + 1))
        assert thread.reply_count == len(own) - 1
        assert [post.created_at for post in own] == sorted(post.created_at for post in own)
        assert own[-1].created_at == thread.last_post_at <= NOW
        assert sum(post.is_best for post in own) <= 1
        for post in own:
            is_member = (post.author_id, post.course_id) in students
            assert is_member or post.author_id == teachers[post.course_id]
            assert sanitized(post.text) == post.text
    texts = [post.text for post in rows("community_discussionpost")]
    assert sum(map(is_hindi, texts)) > 20 < sum(text.isascii() for text in texts)


def test_announcements_have_an_audience_and_readers_later() -> None:
    of_courses = {row.announcement_id for row in rows("community_announcementcourse")}
    published = {row.id: row.published_at for row in rows("community_announcement")}
    for row in rows("community_announcement"):
        assert row.is_for_everyone != (row.id in of_courses)
        assert row.published_at <= NOW
    for row in rows("community_announcementreceipt"):
        assert published[row.announcement_id] < row.read_at <= NOW


def test_paths_lead_through_both_terms() -> None:
    courses = {course.id: course for course in rows("courses_course")}
    steps = defaultdict(list)
    for step in rows("recognition_pathcourse"):
        steps[step.path_id].append(step)
    for path in rows("recognition_learningpath"):
        own = steps[path.id]
        assert [step.position for step in own] == [1, 2]
        first, second = (courses[step.course_id] for step in own)
        assert first.ends_on + timedelta(1) < second.starts_on
        assert first.category == second.category
    assert len({(row.path_id, row.student_id) for row in rows("recognition_pathmember")}) == 1_200
