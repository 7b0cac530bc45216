"""People in the room, and what clients reported from it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from optilearn.core.access.principal import Principal
from optilearn.live import policies, presence, rules
from optilearn.live.models import PresenceEvent


def reports_of_students(class_id: int) -> dict[int, list[presence.Report]]:
    """Return the reports of a class's students by person. For the product itself. One query."""
    rows = PresenceEvent.objects.filter(live_class_id=class_id, is_host=False)
    found: dict[int, list[presence.Report]] = defaultdict(list)
    columns = ("person_id", "connection_id", "kind", "at", "id")
    for person_id, connection, kind, at, number in rows.values_list(*columns).order_by("id"):
        found[person_id].append(presence.Report(connection, kind, at, number))
    return dict(found)


def people_in_room(principal: Principal, class_id: int) -> list[dict[str, Any]]:
    """Return who is in the room now, who came first at the top; nobody once the class is over.

    Three queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    found = policies.hosted(principal, class_id).live_class
    if not rules.is_open(found.status):
        return []
    rows = PresenceEvent.objects.filter(live_class_id=class_id).order_by("id")
    reports: dict[int, list[presence.Report]] = defaultdict(list)
    people: dict[int, dict[str, Any]] = {}
    columns = ("person_id", "person__name", "is_host", "connection_id", "kind", "at", "id")
    for person_id, name, is_host, connection, kind, at, number in rows.values_list(*columns):
        reports[person_id].append(presence.Report(connection, kind, at, number))
        people[person_id] = {"personId": person_id, "name": name, "isHost": is_host}
    present = [
        people[person_id] | {"since": since}
        for person_id, own in reports.items()
        if (since := presence.present_since(own)) is not None
    ]
    return sorted(present, key=lambda one: (one["since"], one["personId"]))
