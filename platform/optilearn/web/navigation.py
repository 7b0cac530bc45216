"""The navigation of each kind of person: what stands in the sidebar, and in the palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from optilearn.core.access.policies import ADMINS, STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import SEES_SQL, Role

READERS: Final = STAFF
"""Roles that have reports."""
SENDERS: Final = ADMINS | {Role.ANALYST, Role.TEACHER}
"""Roles that have schedules and alerts."""


@dataclass(frozen=True)
class Entry:
    """A place in the navigation; ``roles`` see it."""

    key: str
    label: Promise
    path: str
    icon: str
    roles: frozenset[Role]


ENTRIES: Final = (
    Entry("home", _("Home"), "/", "home", frozenset(Role)),
    Entry("reports", _("Reports"), "/reports", "report", READERS),
    Entry("dashboards", _("Dashboards"), "/dashboards", "dashboard", READERS),
    Entry("schedules", _("Schedules"), "/schedules", "schedule", SENDERS),
    Entry("alerts", _("Alerts"), "/alerts", "alert", SENDERS),
    Entry("exports", _("Exports"), "/exports", "download", READERS),
    Entry("data", _("Data"), "/data", "data", ADMINS | {Role.ANALYST}),
    Entry("sql", _("SQL"), "/sql", "code", SEES_SQL),
    Entry("people", _("People"), "/people", "people", ADMINS),
    Entry("school", _("School"), "/school", "school", ADMINS),
    Entry("help", _("Help"), "/docs", "help", frozenset(Role)),
)
_ON_PHONES: Final = 4
"""Entries of the bar at the bottom of a phone, beside the one that opens the rest."""


def navigation(principal: Principal, active: str) -> dict[str, Any]:
    """Return the reader's entries, the active one marked, and those of a phone's bar."""
    entries = [
        {"key": e.key, "label": e.label, "path": e.path, "icon": e.icon, "active": e.key == active}
        for e in ENTRIES
        if principal.role in e.roles
    ]
    return {"entries": entries, "first": entries[:_ON_PHONES], "rest": entries[_ON_PHONES:]}


@dataclass(frozen=True)
class Verb:
    """Something to do, found by the command palette."""

    label: Promise
    path: str
    roles: frozenset[Role]


VERBS: Final = (
    Verb(_("New report"), "/reports/new", READERS),
    Verb(_("Start from a template"), "/reports/templates", READERS),
    Verb(_("New dashboard"), "/dashboards/new", READERS),
    Verb(_("New schedule"), "/schedules/new", SENDERS),
    Verb(_("New alert"), "/alerts/new", SENDERS),
    Verb(_("Notifications"), "/notifications", frozenset(Role)),
    Verb(_("Audit log"), "/school/audit", ADMINS),
    Verb(_("Delivery log"), "/school/deliveries", ADMINS),
    Verb(_("Terms and holidays"), "/school/calendar", ADMINS),
    Verb(_("Message templates"), "/school/templates", ADMINS),
    Verb(_("API tokens"), "/school/tokens", ADMINS),
)


def commands(principal: Principal) -> list[dict[str, str]]:
    """Return the pages and verbs that the reader can go to."""
    pages = [
        {"label": str(e.label), "path": e.path, "kind": "page"}
        for e in ENTRIES
        if principal.role in e.roles
    ]
    verbs = [
        {"label": str(v.label), "path": v.path, "kind": "verb"}
        for v in VERBS
        if principal.role in v.roles
    ]
    return pages + verbs
