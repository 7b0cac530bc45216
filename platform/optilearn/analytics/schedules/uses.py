"""The schedules that use a saved item: it can't be deleted before they are."""

from __future__ import annotations

from collections.abc import Iterator

from optilearn.analytics.models import Schedule
from optilearn.analytics.saved.uses import Source, Use


def _of_item(item_id: int) -> Iterator[Use]:
    rows = Schedule.objects.filter(item_id=item_id).order_by("id")
    for pk, name, owner_id in rows.values_list("id", "name", "owner_id"):
        yield Use("SCHEDULE", pk, name, owner_id, is_administered=True)


SOURCE = Source(of_item=_of_item)
