"""Providers: an app asks, and an app above, which it may not import, answers.

The app that asks declares the provider with what holds until somebody answers; the other one
sets it in its ``AppConfig.ready``::

    may_open_lesson.set(enter)

An event (``core.events``) has any number of handlers and no answer; a provider has one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Provider(Generic[P, R]):
    """One function of another app, called as if it were our own."""

    def __init__(self, default: Callable[P, R]) -> None:
        self._default = self._function = default

    def set(self, function: Callable[P, R]) -> None:
        """Let this function answer from now on."""
        self._function = function

    def reset(self) -> None:
        """Let the default answer again."""
        self._function = self._default

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask it."""
        return self._function(*args, **kwargs)
