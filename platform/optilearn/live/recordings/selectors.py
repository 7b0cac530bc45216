"""Reads of recordings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db.models import F, QuerySet

from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.courses.providers import check_may_open_lesson
from optilearn.enrollment.selectors.access import lesson_facts
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.files.selectors import url_under_name
from optilearn.live.models import Recording
from optilearn.live.recordings import policies

NEVER_RECORDED: Final = "NONE"
"""The state of a class that was never recorded."""


def recordings_of_class(principal: Principal, class_id: int) -> list[dict[str, Any]]:
    """Return the recordings of a class, the oldest first; students get those they can watch.

    Raises ``AppError`` as entering the class does.
    """
    visit = policies.check_may_watch(principal, class_id)
    return _shown(Recording.objects.filter(live_class_id=class_id), is_host=visit.is_host)


def recordings_of_lesson(principal: Principal, lesson_id: int) -> list[dict[str, Any]]:
    """Return the recordings of the classes of a lesson, the oldest first; as of a class.

    Raises ``AppError`` as opening the lesson does.
    """
    refuse_unless(principal.role in STAFF or principal.role is Role.STUDENT)
    lesson = lesson_facts(lesson_id)
    if lesson is None:
        raise not_found()
    is_host = principal.role in STAFF
    if is_host:
        managed_course(principal, lesson.course_id)
    else:
        check_may_open_lesson(principal, lesson.course_id, lesson_id)
    return _shown(Recording.objects.filter(live_class__lesson_id=lesson_id), is_host=is_host)


def recording_url(principal: Principal, recording_id: int) -> dict[str, Any]:
    """Return a URL to watch a recording by, for a while, without a session.

    Raises ``AppError`` as entering its class does; NOT_FOUND for one that isn't READY.
    """
    found = policies.watchable(principal, recording_id)
    if found.file_id is None:
        raise not_found()
    return url_under_name(principal, found.file_id, f"{found.live_class.title}.mp4")


def recording_states(class_ids: Collection[int]) -> dict[int, str]:
    """Return the state of the latest recording of each class that has one. One query."""
    latest = Recording.objects.filter(live_class_id__in=class_ids).order_by("id")
    return dict(latest.values_list("live_class_id", "status"))


def class_of_recording(recording_id: int) -> int:
    """Return the class of a recording that is there. For the product itself. One query."""
    return int(Recording.objects.values_list("live_class_id", flat=True).get(pk=recording_id))


def recorded_classes(class_ids: Collection[int]) -> set[int]:
    """Return those of the classes that have a recording to watch. One query.

    For the product itself: no permissions.
    """
    ready = Recording.objects.filter(live_class_id__in=class_ids, status=Recording.Status.READY)
    return set(ready.values_list("live_class_id", flat=True))


def _shown(found: QuerySet[Recording], *, is_host: bool) -> list[dict[str, Any]]:
    if not is_host:
        found = found.filter(status=Recording.Status.READY)
    rows = found.order_by("id").values(
        "id",
        "status",
        "failure",
        liveClassId=F("live_class_id"),
        title=F("live_class__title"),
        startedAt=F("recording_at"),
        stoppedAt=F("stopped_at"),
        readyAt=F("finished_at"),
        sizeBytes=F("file__size_bytes"),
    )
    return [_on_the_wire(dict(row)) for row in rows]


def _on_the_wire(row: dict[str, Any]) -> dict[str, Any]:
    is_ready = row["status"] == Recording.Status.READY
    return row | {
        "failure": row["failure"] or None,
        "readyAt": row["readyAt"] if is_ready else None,
    }
