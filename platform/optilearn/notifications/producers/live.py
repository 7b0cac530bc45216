"""Notifications of live classes: scheduled, moved, cancelled, starting, missed, recorded.

Handlers run inside the transaction of the event.
"""

from __future__ import annotations

from typing import Any

from optilearn.core.events import subscribe
from optilearn.live.events import (
    LiveClassesCancelled,
    LiveClassesScheduled,
    LiveClassStarting,
    RecordingReady,
    StudentsAbsent,
)
from optilearn.live.recordings.selectors import class_of_recording
from optilearn.live.selectors.messages import ClassSummary, absences, class_summary
from optilearn.notifications.audiences import LearnersOf, ParentsOf
from optilearn.notifications.payloads import instant_key
from optilearn.notifications.services import Item, send_bulk, send_each


def register() -> None:
    """Register the handlers; called once, when the app is ready."""
    subscribe(LiveClassesScheduled, notify_scheduled)
    subscribe(LiveClassesCancelled, notify_cancelled)
    subscribe(LiveClassStarting, notify_starting)
    subscribe(StudentsAbsent, notify_parents)
    subscribe(RecordingReady, notify_recorded)


def notify_scheduled(event: LiveClassesScheduled) -> None:
    """Notify the students of a course of new or moved classes, once for each change.

    A class that is moved there and back is three messages: none of them is a duplicate.
    """
    _notify_change("LIVE_CLASS_SCHEDULED", class_summary(event.class_id), event.others)


def notify_cancelled(event: LiveClassesCancelled) -> None:
    """Notify the students of a course that classes were cancelled, once."""
    _notify_change("LIVE_CLASS_CANCELLED", class_summary(event.class_id), event.others)


def notify_starting(event: LiveClassStarting) -> None:
    """Remind the students of a course that a class begins, once for each time of its start."""
    found = class_summary(event.class_id)
    once = f"class:{found.id}:{instant_key(found.starts_at)}"
    send_bulk(
        key="LIVE_CLASS_STARTING",
        to=LearnersOf(found.course_id),
        data=_data(found),
        once=once,
        dedupe=once,
        expires_at=found.ends_at,
    )


def notify_parents(event: StudentsAbsent) -> None:
    """Notify the parents of students who were absent, once for each class and student."""
    items = [
        Item(
            to=ParentsOf(one.student_id),
            data={
                "childId": one.student_id,
                "childName": one.student_name,
                "courseId": one.course_id,
                "courseTitle": one.course_title,
                "sessionId": one.class_id,
                "sessionTitle": one.title,
                "startsAt": one.starts_at,
            },
            once=f"class:{one.class_id}:{one.student_id}",
            dedupe=f"class:{one.class_id}:{one.student_id}",
        )
        for one in absences(event.attendance_ids)
    ]
    send_each(key="PARENT_CHILD_ABSENT", items=items)


def notify_recorded(event: RecordingReady) -> None:
    """Notify the students of a course that a recording can be watched, once for each."""
    found = class_summary(class_of_recording(event.recording_id))
    once = f"recording:{event.recording_id}"
    send_bulk(
        key="LIVE_CLASS_RECORDING_READY",
        to=LearnersOf(found.course_id),
        data=_data(found),
        once=once,
        dedupe=once,
    )


def _notify_change(key: str, found: ClassSummary, others: int) -> None:
    once = f"class:{found.id}:{found.notice_count}"
    send_bulk(
        key=key,
        to=LearnersOf(found.course_id),
        data=_data(found) | {"moreClasses": others},
        once=once,
        dedupe=once,
        expires_at=found.ends_at,
    )


def _data(found: ClassSummary) -> dict[str, Any]:
    return {
        "courseId": found.course_id,
        "courseTitle": found.course_title,
        "sessionId": found.id,
        "sessionTitle": found.title,
        "startsAt": found.starts_at,
    }
