"""The alerts that use a saved report, for who wants to delete or change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from optilearn.analytics.models import Alert
from optilearn.analytics.saved.uses import Source, Use


def alerts_on(item_id: int) -> list[Use]:
    """Return the alerts on a saved report."""
    rows = Alert.objects.filter(item_id=item_id).order_by("id")
    found = rows.values_list("id", "name", "owner_id")
    return [Use("ALERT", pk, name, owner_id) for pk, name, owner_id in found]


def own_definitions() -> Iterator[tuple[Use, Mapping[str, Any]]]:
    """Yield the definitions that alerts hold themselves."""
    rows = Alert.objects.filter(definition__isnull=False).order_by("id")
    values = rows.values_list("id", "name", "owner_id", "definition")
    for pk, name, owner_id, definition in values:
        yield Use("ALERT", pk, name, owner_id), definition or {}


SOURCE: Final = Source(alerts_on, own_definitions)
