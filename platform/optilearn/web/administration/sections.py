"""The parts of the administration, as tabs."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SECTIONS: Final[tuple[tuple[str, Promise, str], ...]] = (
    ("settings", _("Settings"), "/school"),
    ("calendar", _("Calendar"), "/school/calendar"),
    ("attributes", _("Attributes"), "/school/attributes"),
    ("templates", _("Message templates"), "/school/templates"),
    ("deliveries", _("Delivery log"), "/school/deliveries"),
    ("audit", _("Audit log"), "/school/audit"),
    ("tokens", _("API tokens"), "/school/tokens"),
    ("privacy", _("Privacy"), "/school/privacy"),
    ("health", _("Health"), "/school/health"),
)


def school(section: str, context: dict[str, Any]) -> dict[str, Any]:
    """Return a page's values with the tabs, one of them marked."""
    tabs = [{"label": label, "href": href, "here": key == section} for key, label, href in SECTIONS]
    return {"nav": "school", "tabs": tabs} | context
