"""Words for what the records keep as codes."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from optilearn.core.access.roles import Role

ROLES: Final[dict[str, Promise]] = {
    Role.ADMIN: _("Administrator"),
    Role.SUPER_ADMIN: _("Super administrator"),
    Role.PRINCIPAL: _("Principal"),
    Role.HOD: _("Head of department"),
    Role.ANALYST: _("Analyst"),
    Role.TEACHER: _("Teacher"),
    Role.ADMISSIONS: _("Admissions"),
    Role.FINANCE: _("Finance"),
    Role.LIBRARIAN: _("Librarian"),
    Role.STUDENT: _("Student"),
    Role.PARENT: _("Parent"),
}


def role_label(role: str) -> str:
    """Return a role's name in the reader's language."""
    return str(ROLES.get(role, role))


CHANNELS: Final[dict[str, Promise]] = {
    "EMAIL": _("E-mail"),
    "PUSH": _("Push"),
    "IN_APP": _("In the app"),
    "RECIPIENTS": _("Looking for recipients"),
}
DELIVERY_STATES: Final[dict[str, Promise]] = {
    "PENDING": _("Waiting"),
    "SENT": _("Sent"),
    "SKIPPED": _("Skipped"),
    "FAILED": _("Failed"),
    "DEFERRED": _("Later"),
}


def channel_label(channel: str) -> str:
    """Return a channel's name in the reader's language."""
    return str(CHANNELS.get(channel, channel))


def delivery_state_label(state: str) -> str:
    """Return the name of a delivery's state in the reader's language."""
    return str(DELIVERY_STATES.get(state, state))
