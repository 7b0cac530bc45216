"""What happened to enrollments, for the apps above: messages, certificates, calendars.

An app registers in its ``AppConfig.ready``::

    events.listen(Kind.PROMOTED, queue_welcome)

A listener is called inside the transaction of the change, once for each batch, and so is
undone with it; what leaves the database goes through ``core.queue`` or an outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What happened."""

    ENROLLED = "ENROLLED"
    PROMOTED = "PROMOTED"
    """Enrolled from the waiting list."""
    WITHDRAWN = "WITHDRAWN"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"
    LESSON_COMPLETED = "LESSON_COMPLETED"
    COURSE_COMPLETED = "COURSE_COMPLETED"


@dataclass(frozen=True)
class Event:
    """One enrollment that something happened to."""

    enrollment_id: int
    student_id: int
    course_id: int
    lesson_id: int | None = None


Listener = Callable[[Sequence[Event]], None]

_listeners: Final[dict[Kind, list[Listener]]] = {kind: [] for kind in Kind}


def listen(kind: Kind, listener: Listener) -> None:
    """Call the listener with each batch of this kind; registering it again does nothing."""
    if listener not in _listeners[kind]:
        _listeners[kind].append(listener)


def announce(kind: Kind, events: Sequence[Event]) -> None:
    """Tell the listeners of this kind; nothing happens for an empty batch."""
    if not events:
        return
    for listener in _listeners[kind]:
        listener(events)
