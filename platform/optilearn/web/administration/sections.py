"""The parts of the administration, as tabs."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SECTIONS: Final[tuple[tuple[str, Promise, str, str], ...]] = (
    ("settings", _("Settings"), "/school", "settings"),
    ("calendar", _("Calendar"), "/school/calendar", "calendar-and-terms"),
    ("attributes", _("Attributes"), "/school/attributes", "custom-attributes"),
    ("templates", _("Message templates"), "/school/templates", "notification-templates"),
    ("deliveries", _("Delivery log"), "/school/deliveries", "delivery-log"),
    ("audit", _("Audit log"), "/school/audit", "audit-log"),
    ("tokens", _("API tokens"), "/school/tokens", "api-tokens"),
    ("privacy", _("Privacy"), "/school/privacy", "privacy-requests"),
    ("health", _("Health"), "/school/health", "health"),
)
"""Each with its name, its page, and the heading of docs/school.md that is about it."""
CHAPTER: Final = "school"
PEOPLE_HELP: Final = f"{CHAPTER}#people-and-roles"


def school(section: str, context: dict[str, Any]) -> dict[str, Any]:
    """Return a page's values with the tabs, one of them marked, and where its help is."""
    tabs = [
        {"label": label, "href": href, "here": key == section}
        for key, label, href, _anchor in SECTIONS
    ]
    anchor = next(anchor for key, _label, _href, anchor in SECTIONS if key == section)
    return {"nav": "school", "tabs": tabs, "chapter": f"{CHAPTER}#{anchor}"} | context
