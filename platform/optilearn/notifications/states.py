"""The states that statements about messages compare with, each from its enum."""

from __future__ import annotations

from typing import Final

from optilearn.core.sql import compose, quoted
from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import Delivery, Notification

STATES: Final = {
    member.name.lower(): quoted(member)
    for states in (Channel, Notification.Status, Delivery.Status)
    for member in states
}
"""SQL by name: ``<email>``, ``<expanding>``, ``<pending>`` …"""


def stated(statement: str, **parts: str) -> str:
    """Return the statement with its ``<parts>`` and its ``<states>``."""
    return compose(statement, **STATES, **parts)
