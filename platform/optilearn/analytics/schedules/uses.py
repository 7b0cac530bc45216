"""The schedules that use a saved item: it can't be deleted before they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optilearn.analytics.models import Schedule
from optilearn.analytics.saved.uses import Source, Use


def _of_items(item_ids: Sequence[int]) -> Iterator[tuple[int, Use]]:
    rows = Schedule.objects.filter(item_id__in=item_ids).order_by("id")
    for item_id, pk, name, owner_id in rows.values_list("item_id", "id", "name", "owner_id"):
        yield item_id, Use("SCHEDULE", pk, name, owner_id, is_administered=True)


SOURCE = Source(of_items=_of_items)
