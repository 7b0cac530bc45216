"""Requirements for tests: the school's office, its people, a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from optilearn.compliance.models import Obligation, Requirement
from optilearn.compliance.services import assign_all, escalate_overdue, remind_due
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Notification
from tests.support.client import call, token_of
from tests.support.twins import Twin

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY: Final = NOW.date()
DUE: Final = TODAY + timedelta(days=40)


class Office:
    """One of the twins with its requirements, at a time that tests move."""

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

    def require(self, **values: Any) -> int:
        """Let Asha require something of teachers, by evidence, due in 40 days; its id."""
        given = {
            "title": "Child-safety training",
            "acceptsEvidence": True,
            "dueOn": DUE.isoformat(),
        }
        if not {"roles", "classIds", "personIds"} & values.keys():
            given["roles"] = ["TEACHER"]
        found = self.done("asha", "POST", "compliance/requirements", **(given | values))
        return int(found["id"])

    def change(self, key: int, **values: Any) -> tuple[int, Any]:
        """Let Asha change a requirement as it is now."""
        path = f"compliance/requirements/{key}"
        version = self.done("asha", "GET", path)["version"]
        return self.ask("asha", "PATCH", path, version=version, **values)

    def owed(self, key: int) -> dict[str, str]:
        """The status of each person's newest obligation, withdrawn ones too."""
        with self.inside():
            rows = Obligation.objects.filter(requirement_id=key).order_by("period")
            keys = dict(rows.values_list("person__code", "id"))
        details = {
            name: self.done("asha", "GET", f"compliance/obligations/{one}")
            for name, one in keys.items()
        }
        return {name: one["status"] for name, one in details.items()}

    def due_dates(self, key: int, name: str = "tom") -> list[tuple[date, bool]]:
        """The due dates of a person, and whether each was met."""
        with self.inside():
            rows = Obligation.objects.filter(
                requirement_id=key, person__code=name, withdrawn_at=None
            )
            return [
                (due_on, met_at is not None)
                for due_on, met_at in rows.order_by("period").values_list("due_on", "met_at")
            ]

    def obligation(self, key: int, name: str = "tom") -> int:
        """The id of a person's newest obligation."""
        with self.inside():
            rows = Obligation.objects.filter(requirement_id=key, person__code=name)
            return rows.latest("period").pk

    def hand_in(self, key: int, name: str = "tom", **values: Any) -> int:
        """Let somebody hand in a statement; the id of the evidence."""
        given = {"text": "I took part.", "requestId": str(uuid4())} | values
        path = f"me/requirements/{self.obligation(key, name)}/evidence"
        return int(self.done(name, "POST", path, **given)["id"])

    def meet(self, key: int, name: str = "tom") -> int:
        """Let somebody hand in evidence that Asha accepts; the id of the evidence."""
        evidence = self.hand_in(key, name)
        self.done("asha", "POST", f"compliance/evidence/{evidence}/accept")
        return evidence

    def pass_days(self, days: int) -> None:
        """Move the clock."""
        self.now += timedelta(days=days)

    def tick(self) -> tuple[int, int]:
        """Let the worker run: how many people it reminded, for how many requirements it told."""
        with self.inside():
            assign_all()
            return remind_due(), escalate_overdue()

    def notices(self) -> list[Notification]:
        """The reminders and escalations, the oldest first."""
        with self.inside():
            found = Notification.objects.filter(key="COMPLIANCE_DUE_REMINDER")
            return list(found.order_by("id"))

    def requirement(self, key: int) -> Requirement:
        """The row."""
        with self.inside():
            return Requirement.objects.get(pk=key)


def oblige(twin: Twin) -> None:
    """Tom owes a training that was due yesterday; the tenant's context is open."""
    requirement = Requirement.objects.create(
        title="Fire safety",
        accepts_evidence=True,
        first_due_on=clock.now().date() - timedelta(days=1),
        created_by=twin.people["asha"],
    )
    Obligation.objects.create(
        requirement=requirement,
        person=twin.people["tom"],
        title=requirement.title,
        period=0,
        due_on=requirement.first_due_on,
        overdue_on=requirement.first_due_on + timedelta(days=1),
    )
