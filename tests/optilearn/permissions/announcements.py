"""Announcements are read by whom they are for, and managed by authors and administrators."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.models import Announcement
from optilearn.core.clock import now
from tests.optilearn.permissions.enrollment import TOMS
from tests.support.permissions import ADMINS, STAFF, STUDENTS, TEACHERS, Rule
from tests.support.twins import Twin

ELSEWHERE: Final = {"pia": 503}
"""Parents' children are asked of OptiCRM, which doesn't run beside the table."""
AUTHORS: Final = f"{ADMINS} {TEACHERS}"
READERS: Final = f"{STAFF} {STUDENTS}".replace("tom ", "")


def posted(twin: Twin) -> None:
    """Tom's, for all staff and students."""
    Announcement.objects.create(
        author=twin.people["tom"],
        title="Sports day",
        text="<p>No lessons.</p>",
        status=Announcement.Status.PUBLISHED,
        is_for_everyone=True,
        publish_at=now(),
        published_at=now(),
        created_at=now(),
    )


def that(_: Twin) -> dict[str, int]:
    return {"announcementId": Announcement.objects.latest("id").pk}


def to_math(twin: Twin) -> dict[str, Any]:
    return {"title": "Test", "text": "On Monday", "courseIds": [twin.courses["MATH"].pk]}


ONE: Final = "/api/announcements/{announcementId}"
NOT_THEIRS: Final = {"uma": 404}
RULES: Final = [
    Rule("GET", "/api/announcements", f"{STAFF} {STUDENTS}", denied_as=ELSEWHERE),
    Rule("GET", "/api/announcements/unread-count", f"{STAFF} {STUDENTS}", denied_as=ELSEWHERE),
    Rule("POST", "/api/announcements", TOMS, body=to_math),
    Rule("GET", "/api/announcements/managed", AUTHORS),
    Rule(
        "GET",
        "/api/announcements/managed/{announcementId}",
        TOMS,
        params=that,
        setup=posted,
        denied_as=NOT_THEIRS,
    ),
    Rule("GET", ONE, READERS, params=that, setup=posted, denied=404, denied_as=ELSEWHERE),
    Rule(
        "PATCH",
        ONE,
        TOMS,
        params=that,
        setup=posted,
        body=lambda _: {"isPinned": True},
        denied_as=NOT_THEIRS,
    ),
    Rule("PUT", f"{ONE}/read", READERS, params=that, setup=posted, denied=404, denied_as=ELSEWHERE),
    *(
        Rule(method, f"{ONE}/{part}", TOMS, params=that, setup=posted, denied_as=NOT_THEIRS)
        for method, part in (("POST", "withdraw"), ("GET", "versions"), ("GET", "receipts"))
    ),
]
