"""The made-up school's records of live classes, discussions, announcements and learning paths."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class LiveSeries(NamedTuple):
    """live_liveseries."""

    id: int
    course_id: int
    rule: str
    created_at: datetime


class LiveClass(NamedTuple):
    """live_liveclass."""

    id: int
    course_id: int
    series_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    host_id: int
    status: str
    room: str
    notice_count: int
    reminded_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime


class Attendance(NamedTuple):
    """live_attendance."""

    id: int
    live_class_id: int
    enrollment_id: int
    student_id: int
    course_id: int
    status: str
    measured: str
    present_seconds: int
    held_at: datetime
    class_seconds: int
    first_at: datetime | None
    last_at: datetime | None
    corrected_by_id: int | None = None
    corrected_at: datetime | None = None
    reason: str = ""


class Thread(NamedTuple):
    """community_discussionthread."""

    id: int
    course_id: int
    author_id: int
    title: str
    is_pinned: bool
    last_number: int
    reply_count: int
    last_post_at: datetime
    created_at: datetime
    is_locked: bool = False
    is_hidden: bool = False


class Post(NamedTuple):
    """community_discussionpost."""

    id: int
    thread_id: int
    course_id: int
    author_id: int
    number: int
    text: str
    is_best: bool
    created_at: datetime
    version: int = 1
    hidden_reason: str = ""


class Announcement(NamedTuple):
    """community_announcement; audiences are PostgreSQL's array literals."""

    id: int
    author_id: int
    title: str
    text: str
    published_at: datetime
    publish_at: datetime
    created_at: datetime
    is_pinned: bool = False
    is_for_everyone: bool = False
    include_parents: bool = False
    status: str = "PUBLISHED"
    class_ids: str = "{}"
    roles: str = "{}"
    section_ids: str = "{}"
    version: int = 1


class AnnouncementCourse(NamedTuple):
    """community_announcementcourse."""

    id: int
    announcement_id: int
    course_id: int


class AnnouncementReceipt(NamedTuple):
    """community_announcementreceipt."""

    id: int
    announcement_id: int
    person_id: int
    read_at: datetime


class LearningPath(NamedTuple):
    """recognition_learningpath."""

    id: int
    title: str
    description: str
    created_at: datetime
    status: str = "PUBLISHED"
    is_sequential: bool = True
    is_open: bool = False
    awards_certificate: bool = True


class PathCourse(NamedTuple):
    """recognition_pathcourse."""

    id: int
    path_id: int
    course_id: int
    position: int


class PathMember(NamedTuple):
    """recognition_pathmember."""

    id: int
    path_id: int
    student_id: int
    added_by_id: int
    joined_at: datetime
