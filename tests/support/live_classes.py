"""Live classes for tests: the school's MATH course, its people, a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson, Module
from optilearn.live.models import Attendance, LiveClass
from optilearn.live.services import announce_starting, end_overdue
from optilearn.notifications.models import Notification
from tests.support.client import call, token_of
from tests.support.twins import Twin

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""
START: Final = NOW + timedelta(hours=1)
SECRET: Final = "a secret of the video server, 32 bytes or more"
JITSI: Final = {
    "JITSI_URL": "https://meet.example.org",
    "JITSI_APP_ID": "optilearn",
    "JITSI_APP_SECRET": SECRET,
}


class Classroom:
    """One of the twins with its live classes, at a time that tests move."""

    def __init__(self, twin: Twin, now: datetime = NOW) -> None:
        self.twin = twin
        self.now = now

    @contextmanager
    def inside(self) -> Iterator[None]:
        """In the institution, at that time."""
        with clock.frozen(self.now), tenant_context(self.twin.id):
            yield

    def ask(self, name: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """The status, and the data or the error."""
        token = token_of(self.twin, name)
        with clock.frozen(self.now):
            status, answer = call(
                method, f"/api/{path}", token=token, body=None if method == "GET" else body
            )
        return status, answer["data"] if answer["error"] is None else answer["error"]

    def done(self, name: str, method: str, path: str, **body: Any) -> Any:
        """The data of a request that must succeed."""
        status, data = self.ask(name, method, path, **body)
        assert status in {200, 201}, data
        return data

    def schedule(self, name: str = "tom", **values: Any) -> dict[str, Any]:
        """Schedule a class of MATH: an hour from START."""
        given = {"title": "Fractions", "startsAt": START.isoformat(), "minutes": 60} | values
        path = f"courses/{self.twin.courses['MATH'].pk}/live-classes"
        found: dict[str, Any] = self.done(name, "POST", path, **given)
        return found

    def started(self, **values: Any) -> int:
        """A class that Tom has started on time, at which the clock then stands."""
        key = int(self.schedule(**values)["id"])
        self.now = START
        self.done("tom", "POST", f"live-classes/{key}/start")
        return key

    def report(
        self, name: str, key: int, kind: str, connection: int = 1, event: UUID | None = None
    ) -> int:
        """Report that somebody came or left; the status."""
        return self.ask(
            name,
            "POST",
            f"live-classes/{key}/presence",
            eventId=str(event or uuid4()),
            connectionId=str(UUID(int=connection)),
            kind=kind,
        )[0]

    def pass_minutes(self, minutes: float) -> None:
        """Move the clock."""
        self.now += timedelta(minutes=minutes)

    def tick(self) -> tuple[int, int]:
        """Let the worker look: how many classes it announced, and ended."""
        with self.inside():
            return announce_starting(), end_overdue()

    def classes(self) -> list[LiveClass]:
        """All classes, by start."""
        with self.inside():
            return list(LiveClass.objects.order_by("starts_at", "id"))

    def notices(self, key: str) -> list[Notification]:
        """The notices of a key, the oldest first."""
        with self.inside():
            return list(Notification.objects.filter(key=key).order_by("id"))

    def attendance(self, key: int) -> dict[str, str]:
        """The status of each student of a class."""
        with self.inside():
            rows = Attendance.objects.filter(live_class_id=key)
            return dict(rows.values_list("student__code", "status"))

    def a_lesson(self, **values: Any) -> Lesson:
        """A lesson of MATH that is a live class."""
        with self.inside():
            course = self.twin.courses["MATH"]
            given = {"title": "Live", "kind": "LIVE", "completion": "ATTENDED", "position": 9}
            module = Module.objects.get(course=course)
            return Lesson.objects.create(course=course, module=module, **(given | values))
