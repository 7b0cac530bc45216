"""The report, dashboard, schedule and alert of the demonstration; the mails it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from optilearn.analytics.alerts.questions import AlertForm
from optilearn.analytics.alerts.services import AlertSpec, create_alert
from optilearn.analytics.models import Alert, SavedItem, Schedule
from optilearn.analytics.saved.boards.copying import copy_preset
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.services import Sharing, create_item
from optilearn.analytics.schedules import services as schedules
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.notifications.administration.services import change_policy

REPORT: Final = "Work of each class"
DASHBOARD: Final = "Engagement of the school"
ALERT: Final = "Much late work in a class"
SCHEDULE: Final = "Work of each class, every Monday"
DEFINITION: Final[dict[str, Any]] = {
    "version": 1,
    "entity": "submissions",
    "mode": "categorical",
    "dimensions": ["student.className", "assignment.course.title"],
    "measures": ["submissions.count", "avgScore", "lateRate"],
    "totals": "grand",
    "chart": {"type": "bar"},
}


@dataclass(frozen=True)
class Product:
    """The ids of what was set up."""

    schedule_id: int
    alert_id: int


def set_up(principal: Principal) -> Product:
    """Create what isn't there yet, and plan a run of the schedule now.

    The school has no quiet hours, so that mails are seen at any time of the day.
    """
    change_policy(principal=principal, values={"quiet_hours": {"enabled": False}})
    report_id = _report(principal)
    if not _item(principal, SavedItem.Kind.DASHBOARD, DASHBOARD):
        copy_preset(principal=principal, key="engagement", name=DASHBOARD)
    schedule = Schedule.objects.filter(name=SCHEDULE, owner_id=principal.person_id).first()
    schedule_id = schedule.pk if schedule else _schedule(principal, report_id)
    schedules.run_now(principal=principal, schedule_id=schedule_id)
    alert = Alert.objects.filter(name=ALERT, owner_id=principal.person_id).first()
    return Product(schedule_id, alert.pk if alert else _alert(principal, report_id))


def _item(principal: Principal, kind: SavedItem.Kind, name: str) -> int | None:
    found = SavedItem.objects.filter(owner_id=principal.person_id, kind=kind, name=name)
    return found.values_list("pk", flat=True).first()


def _report(principal: Principal) -> int:
    found = _item(principal, SavedItem.Kind.REPORT, REPORT)
    if found is not None:
        return found
    content = Content(
        REPORT,
        "What was handed in, how good and how late it was.",
        ["teaching"],
        {"definition": DEFINITION, "readerFilters": ["student.className"]},
    )
    return create_item(
        principal=principal,
        kind=SavedItem.Kind.REPORT,
        content=content,
        sharing=Sharing(SavedItem.Visibility.INSTITUTION),
        publish=True,
    )


def _schedule(principal: Principal, report_id: int) -> int:
    wanted = {
        "name": SCHEDULE,
        "saved_item_id": report_id,
        "timing": {
            "trigger": "TIME",
            "rule": "FREQ=WEEKLY;BYDAY=MO",
            "starts_at": datetime(2026, 9, 28, 8),  # noqa: DTZ001 - on the school's clock
            "ends_on": None,
            "only_in_terms": False,
            "skips_holidays": True,
            "nth_in_term": None,
            "min_hours": 24,
        },
        "recipients": [{"kind": "ROLE", "role": Role.TEACHER}],
        "split": "NONE",
        "formats": ["xlsx"],
        "attaches": True,
        "subject": "{{ reportName }}: {{ rows }} {% if rows == 1 %}row{% else %}rows{% endif %}",
        "note": "Please look at classes whose work is late.",
        "filters": [],
        "on_empty": "SKIP",
        "on_stale": "BANNER",
        "stale_hours": 6,
        "wait_hours": 6,
    }
    return schedules.create_schedule(principal=principal, wanted=wanted)


def _alert(principal: Principal, report_id: int) -> int:
    condition = {"kind": "THRESHOLD", "direction": "ABOVE", "limit": 0.1, "rearm": 0.08}
    form = AlertForm("lateRate", False, condition, "submissions.count", Decimal(10))  # noqa: FBT003
    spec = AlertSpec(ALERT, form, item_id=report_id)
    return create_alert(principal=principal, spec=spec)


def mails_in(folder: Path, since: float) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the recipient, the subject and the names of the files of each mail since then."""
    for path in sorted(folder.glob("*.eml")):
        if path.stat().st_mtime < since:
            continue
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        names = [part.get_filename() or "" for part in message.iter_attachments()]
        yield str(message["To"]), str(message["Subject"]), names
