"""Reads of live classes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.enrollment.selectors.entering import open_course
from optilearn.institutions.options import attendance_percent
from optilearn.live import policies, rules
from optilearn.live.models import LiveClass
from optilearn.live.recordings.selectors import NEVER_RECORDED, recording_states


def live_class(principal: Principal, class_id: int) -> dict[str, Any]:
    """Return a live class for its hosts and students. Three queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND, ENROLLMENT_REQUIRED.
    """
    visit = policies.visible(principal, class_id)
    return _shown(visit.live_class, visit, recording_states([class_id]))


def live_classes(
    principal: Principal,
    course_id: int,
    query: PageQuery,
    *,
    status: str | None = None,
    since: datetime | None = None,
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a course's live classes, in the order of their starts, and their number.

    With ``since`` those that end after it. Four queries. Raises as ``live_class``.
    """
    course = open_course(principal, course_id)
    found = LiveClass.objects.filter(course_id=course_id)
    if status is not None:
        found = found.filter(status=status)
    if since is not None:
        found = found.filter(ends_at__gt=since)
    page = list(found.select_related("series", "host").order_by("starts_at", "id")[query.window])
    states = recording_states([one.pk for one in page])
    return [
        _shown(one, policies.Visit(one, course, is_host=course.manages), states) for one in page
    ], found.count()


def _shown(one: LiveClass, visit: policies.Visit, states: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": one.pk,
        "courseId": one.course_id,
        "courseTitle": visit.course.title,
        "lessonId": one.lesson_id,
        "seriesId": one.series_id,
        "rule": one.series.rule if one.series else None,
        "title": one.title,
        "startsAt": one.starts_at,
        "endsAt": one.ends_at,
        "host": {"id": one.host_id, "name": one.host.name},
        "status": one.status,
        "startedAt": one.started_at,
        "endedAt": one.ended_at,
        "thresholdPercent": one.threshold_percent or attendance_percent(visit.course.settings),
        "isHost": visit.is_host,
        "opensAt": rules.opens_at(one.starts_at, is_host=visit.is_host),
        "isOpen": rules.may_enter(one, clock.now(), is_host=visit.is_host),
        "recordingStatus": states.get(one.pk, NEVER_RECORDED),
    }
