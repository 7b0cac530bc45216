"""Writing, changing and withdrawing announcements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.announcements import policies
from optilearn.community.announcements.policies import Audience
from optilearn.community.announcements.services.publishing import publish_announcement
from optilearn.community.models import Announcement, AnnouncementCourse, AnnouncementVersion
from optilearn.community.requests import lock_requests_of
from optilearn.community.texts import checked_html
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.crm.selectors import unknown_classes, unknown_sections

Status = Announcement.Status

_AUDIENCE: Final = ("is_for_everyone", "roles", "class_ids", "section_ids")
_UNTIL_PUBLISHED: Final = frozenset({*_AUDIENCE, "course_ids", "include_parents", "publish_at"})


@transaction.atomic
def create_announcement(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Write an announcement, and publish it unless its time is still to come; return its id.

    ``values`` are fields of ``AnnouncementIn`` by their Python names. A request that is sent again
    changes nothing. Raises ``AppError``: as ``policies.check_may_address``, VALIDATION_ERROR with
    the place.
    """
    audience = _audience(values)
    policies.check_may_address(principal, audience)
    request_id = values.get("request_id")
    if request_id is not None:
        lock_requests_of(principal)
        own = Announcement.objects.filter(author_id=principal.person_id, request_id=request_id)
        if earlier := own.values_list("id", flat=True).first():
            return int(earlier)
    now = clock.now()
    announcement = Announcement(
        author_id=principal.person_id,
        title=values["title"],
        text=checked_html(values["text"]),
        publish_at=values.get("publish_at") or now,
        expires_at=values.get("expires_at"),
        is_pinned=bool(values.get("is_pinned")),
        include_parents=bool(values.get("include_parents")),
        request_id=request_id,
        created_at=now,
    )
    _set_audience(announcement, audience)
    _check_times(announcement, now)
    announcement.save()
    _save_courses(announcement, audience)
    _save_version(announcement, principal, now)
    audit.record(
        action="announcement.create", actor=principal, target=f"announcement:{announcement.pk}"
    )
    if announcement.publish_at <= now:
        publish_announcement(announcement)
    return announcement.pk


@transaction.atomic
def update_announcement(
    *, principal: Principal, announcement_id: int, values: Mapping[str, Any]
) -> None:
    """Change what is sent of an announcement; an earlier text stays as a version.

    Its audience and time are fixed with its publication: readers were notified. Raises
    ``AppError``: as ``policies.managed`` and ``create_announcement``, CONFLICT.
    """
    announcement = policies.managed(principal, announcement_id, lock=True)
    if announcement.status == Status.WITHDRAWN:
        raise AppError(ErrorCode.CONFLICT, _("This announcement was withdrawn."))
    if announcement.status == Status.PUBLISHED and _UNTIL_PUBLISHED & values.keys():
        raise AppError(
            ErrorCode.CONFLICT,
            _("It is published: withdraw it and write another for other people."),
        )
    now = clock.now()
    if _AUDIENCE_NAMES & values.keys():
        _change_audience(principal, announcement, values)
    _change_text(principal, announcement, values, now)
    for name in ("is_pinned", "include_parents", "expires_at"):
        if name in values:
            setattr(announcement, name, values[name])
    if "publish_at" in values:
        announcement.publish_at = values["publish_at"] or now
    _check_times(announcement, now)
    announcement.save()
    audit.record(
        action="announcement.update", actor=principal, target=f"announcement:{announcement_id}"
    )
    if announcement.status == Status.SCHEDULED and announcement.publish_at <= now:
        publish_announcement(announcement)


_AUDIENCE_NAMES: Final = frozenset({*_AUDIENCE, "course_ids"})


@transaction.atomic
def withdraw_announcement(*, principal: Principal, announcement_id: int) -> None:
    """Withdraw an announcement: nobody reads it any more; again changes nothing.

    Raises ``AppError`` as ``policies.managed``.
    """
    announcement = policies.managed(principal, announcement_id, lock=True)
    if announcement.status == Status.WITHDRAWN:
        return
    announcement.status = Status.WITHDRAWN
    announcement.withdrawn_at = clock.now()
    announcement.withdrawn_by_id = principal.caller_id
    announcement.save(update_fields=["status", "withdrawn_at", "withdrawn_by"])
    audit.record(
        action="announcement.withdraw", actor=principal, target=f"announcement:{announcement_id}"
    )


def _audience(values: Mapping[str, Any]) -> Audience:
    return Audience(
        is_for_everyone=bool(values.get("is_for_everyone")),
        roles=tuple(dict.fromkeys(str(role) for role in values.get("roles") or ())),
        class_ids=tuple(dict.fromkeys(values.get("class_ids") or ())),
        section_ids=tuple(dict.fromkeys(values.get("section_ids") or ())),
        course_ids=tuple(dict.fromkeys(values.get("course_ids") or ())),
    )


def _change_audience(
    principal: Principal, announcement: Announcement, values: Mapping[str, Any]
) -> None:
    before = {name: getattr(announcement, name) for name in _AUDIENCE}
    courses = AnnouncementCourse.objects.filter(announcement=announcement)
    before["course_ids"] = list(courses.values_list("course_id", flat=True))
    audience = _audience({**before, **values})
    policies.check_may_address(principal, audience)
    _set_audience(announcement, audience)
    courses.delete()
    _save_courses(announcement, audience)


def _set_audience(announcement: Announcement, audience: Audience) -> None:
    is_somebody = audience.is_for_everyone or audience.roles or audience.class_ids
    if not (is_somebody or audience.section_ids or audience.course_ids):
        raise invalid(_("Choose the people it is for."), "")
    for path, ids, unknown in (
        ("/classIds", audience.class_ids, unknown_classes),
        ("/sectionIds", audience.section_ids, unknown_sections),
    ):
        if ids and (wrong := unknown(ids)):
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("This class or section was not found."),
                [{"path": path, "code": "unknown", "values": sorted(wrong)}],
            )
    for name in _AUDIENCE:
        value = getattr(audience, name)
        setattr(announcement, name, list(value) if isinstance(value, tuple) else value)


def _save_courses(announcement: Announcement, audience: Audience) -> None:
    AnnouncementCourse.objects.bulk_create(
        AnnouncementCourse(announcement=announcement, course_id=course_id)
        for course_id in audience.course_ids
    )


def _change_text(
    principal: Principal, announcement: Announcement, values: Mapping[str, Any], now: datetime
) -> None:
    title = values.get("title", announcement.title)
    text = checked_html(values["text"]) if "text" in values else announcement.text
    if (title, text) == (announcement.title, announcement.text):
        return
    announcement.title, announcement.text, announcement.edited_at = title, text, now
    announcement.version += 1
    _save_version(announcement, principal, now)


def _save_version(announcement: Announcement, principal: Principal, now: datetime) -> None:
    AnnouncementVersion.objects.create(
        announcement=announcement,
        number=announcement.version,
        title=announcement.title,
        text=announcement.text,
        author_id=principal.caller_id,
        created_at=now,
    )


def _check_times(announcement: Announcement, now: datetime) -> None:
    """Raises ``AppError`` VALIDATION_ERROR for an end that is past, or before its beginning."""
    if announcement.expires_at is None:
        return
    begins = announcement.publish_at
    if announcement.status == Status.SCHEDULED:
        begins = max(begins, now)
    if announcement.expires_at <= begins:
        raise invalid(_("It has to end after it is published, and in the future."), "/expiresAt")
