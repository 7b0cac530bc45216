"""Events: an app tells the apps above it that something happened, without knowing them.

An app declares its events in its ``events.py``, as frozen dataclasses, and publishes them in the
transaction of the change. Others subscribe in their ``AppConfig.ready``::

    subscribe(CoursePublished, announce_course)

Handlers run at once, in the order of their subscription, inside the publisher's transaction: what
they do is committed with the change or not at all, and what they raise undoes it. What leaves the
database goes through ``core.queue`` or an outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar


@dataclass(frozen=True)
class Event:
    """Something that happened; each kind is a class of its own."""


E = TypeVar("E", bound=Event)

_handlers: Final[dict[type[Event], list[Callable[[Any], object]]]] = {}


def subscribe(event: type[E], handler: Callable[[E], object]) -> None:
    """Call the handler with each event of that class; subscribing it again changes nothing."""
    handlers = _handlers.setdefault(event, [])
    if handler not in handlers:
        handlers.append(handler)


def publish(event: Event) -> None:
    """Call the handlers of the event's class."""
    for handler in _handlers.get(type(event), ()):
        handler(event)
