"""The alerts that use a saved report, for who wants to delete or change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from optilearn.analytics.models import Alert
from optilearn.analytics.saved.uses import Source, Use


def alerts_on(item_ids: Sequence[int]) -> Iterator[tuple[int, Use]]:
    """Yield the alerts on saved reports, each with the report's id."""
    rows = Alert.objects.filter(item_id__in=item_ids).order_by("id")
    for item_id, pk, name, owner_id in rows.values_list("item_id", "id", "name", "owner_id"):
        if item_id is not None:
            yield item_id, Use("ALERT", pk, name, owner_id)


def own_definitions() -> Iterator[tuple[Use, Mapping[str, Any]]]:
    """Yield the definitions that alerts hold themselves."""
    rows = Alert.objects.filter(definition__isnull=False).order_by("id")
    values = rows.values_list("id", "name", "owner_id", "definition")
    for pk, name, owner_id, definition in values:
        yield Use("ALERT", pk, name, owner_id), definition or {}


SOURCE: Final = Source(alerts_on, own_definitions)
