"""What other apps want to hear of courses. They register in their ``AppConfig.ready``.

A hook is called inside the transaction of the change, so what it does is done with it or not
at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, ParamSpec

P = ParamSpec("P")


class Hook(Generic[P]):
    """A list of listeners, called in the order of their registration."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, None]] = []

    def register(self, listener: Callable[P, None]) -> None:
        """Once for each listener; registering it again does nothing."""
        if listener not in self._listeners:
            self._listeners.append(listener)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener(*args, **kwargs)


seats_changed: Final[Hook[[int]]] = Hook()
"""``(course_id)``: the number of seats was changed."""

lessons_changed: Final[Hook[[int]]] = Hook()
"""``(course_id)``: required lessons were added, archived or deleted."""

course_copied: Final[Hook[[int, int, int, dict[int, int]]]] = Hook()
"""``(course_id, copy_id, days, lessons)``: dates moved by ``days``; old lesson ids to new ones."""

course_published: Final[Hook[[int]]] = Hook()
"""``(course_id)``: it was PUBLISHED, which happens once."""

lesson_added: Final[Hook[[int]]] = Hook()
"""``(lesson_id)``: somebody added it, in whatever status its course is; copies aren't told."""
