"""Schedules are the staff's: their own, and everybody's for administrators."""

from __future__ import annotations

from typing import Any, Final

from optilearn.analytics.models import (
    Occurrence,
    OccurrenceRecipient,
    SavedItem,
    Schedule,
)
from tests.optilearn.schedules.support import MONDAY, wanted
from tests.support.permissions import ADMINS, EVERYBODY, STAFF, Rule
from tests.support.twins import Twin

OTHERS: Final = {"denied": 404, "denied_as": dict.fromkeys(["lena", "मीरा", "sven", "pia"], 403)}


def a_schedule(twin: Twin) -> dict[str, Any]:
    """One of Asha's, which other administrators see too."""
    found = Schedule.objects.filter(name="Permissions").first()
    if found is None:
        item = SavedItem.objects.create(
            kind="REPORT", owner_id=twin.people["asha"].pk, name="Mine", body={"definition": {}}
        )
        found = Schedule.objects.create(
            name="Permissions", item=item, owner_id=twin.people["asha"].pk, starts_at=MONDAY,
            rule="FREQ=DAILY;BYHOUR=8;BYMINUTE=0;BYSECOND=0", formats=["csv"],
        )  # fmt: skip
    return {"scheduleId": found.pk}


def a_delivery(twin: Twin) -> OccurrenceRecipient:
    schedule_id = a_schedule(twin)["scheduleId"]
    occurrence, _ = Occurrence.objects.get_or_create(
        schedule_id=schedule_id, key="at:permissions",
        defaults={"due_at": MONDAY, "run_at": MONDAY, "status": "DONE"},
    )  # fmt: skip
    row, _ = OccurrenceRecipient.objects.get_or_create(
        occurrence=occurrence, person=twin.people["lena"], defaults={"status": "SENT"}
    )
    return row


def of_delivery(twin: Twin) -> dict[str, Any]:
    return {"deliveryId": a_delivery(twin).pk}


def of_occurrence(twin: Twin) -> dict[str, Any]:
    return {"occurrenceId": a_delivery(twin).occurrence_id}


def of_file(twin: Twin) -> dict[str, Any]:
    return of_delivery(twin) | {"form": "csv"}


def body(twin: Twin) -> dict[str, Any]:
    """A schedule to Asha herself, with a report that everybody may read."""
    a = wanted(twin, "asha")
    return {
        "name": a["name"],
        "savedItemId": a["saved_item_id"],
        "timing": {"rule": "FREQ=DAILY", "startsAt": "2026-12-01T08:00"},
        "recipients": [{"kind": "PERSON", "id": twin.people["asha"].pk}],
        "formats": ["csv"],
    }


def change(twin: Twin) -> dict[str, Any]:
    return body(twin) | {"version": 0}


SENDERS: Final = f"{ADMINS} anil"
PATH: Final = "/api/analytics/schedules/{scheduleId}"
RULES: Final = [
    Rule("GET", "/api/analytics/schedules", STAFF),
    Rule("POST", "/api/analytics/schedules", SENDERS, body=body),
    Rule("POST", "/api/analytics/schedules/preview", SENDERS, body=body),
    Rule("GET", PATH, ADMINS, params=a_schedule, **OTHERS),
    Rule(
        "PUT", PATH, "asha", params=a_schedule, body=change, ok=frozenset({409}), denied=404,
        denied_as=dict.fromkeys(["lena", "मीरा", "sven", "pia", "sita", "paul", "hari"], 403),
    ),
    Rule("POST", PATH + "/pause", ADMINS, params=a_schedule, **OTHERS),
    Rule("POST", PATH + "/resume", ADMINS, params=a_schedule, **OTHERS),
    Rule("POST", PATH + "/test", ADMINS, params=a_schedule, **OTHERS),
    Rule("POST", PATH + "/run", ADMINS, params=a_schedule, ok=frozenset({202, 409}), **OTHERS),
    Rule("GET", PATH + "/occurrences", ADMINS, params=a_schedule, **OTHERS),
    Rule(
        "GET", "/api/analytics/occurrences/{occurrenceId}/deliveries", ADMINS,
        params=of_occurrence, **OTHERS,
    ),
    Rule(
        "POST", "/api/analytics/deliveries/{deliveryId}/send-again", ADMINS, params=of_delivery,
        **OTHERS,
    ),
    Rule("GET", "/api/analytics/deliveries", EVERYBODY),
    Rule(
        "GET", "/api/analytics/deliveries/{deliveryId}/files/{form}", EVERYBODY, params=of_file,
        ok=frozenset({404}),  # its file was removed
    ),
    Rule("POST", PATH + "/owner", ADMINS, params=a_schedule),
    Rule("DELETE", PATH, ADMINS, params=a_schedule, **OTHERS),
]  # fmt: skip
