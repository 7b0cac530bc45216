"""Collecting everything that is wrong with a definition."""

from __future__ import annotations

from collections.abc import Iterable

from reports.catalog.paths import nearest
from reports.errors import Problem, ReportInvalid

MAX_PROBLEMS = 50
MISSING = object()


class Problems:
    """The problems found so far. Beyond :data:`MAX_PROBLEMS` they are only counted."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._dropped = 0

    def add(self, code: str, path: str, message: str, hint: str = "") -> None:
        """Note a problem at the JSON pointer ``path``."""
        if len(self._found) < MAX_PROBLEMS:
            self._found.append(Problem(code, path, message, hint))
        else:
            self._dropped += 1

    def __len__(self) -> int:
        return len(self._found) + self._dropped

    def texts(self) -> tuple[str, ...]:
        """The messages, for a catalog's author."""
        return tuple(f"{p.path} {p.message} {p.hint}".strip() for p in self._found)

    def raise_if_any(self) -> None:
        """Raise :class:`~reports.errors.ReportInvalid` if anything was found."""
        if not self._found:
            return
        found = list(self._found)
        if self._dropped:
            found.append(Problem("TOO_MANY_PROBLEMS", "", f"And {self._dropped} more problems."))
        raise ReportInvalid(found)


def pointer(path: str, step: str | int) -> str:
    """``path`` extended by one step, escaped as RFC 6901 asks."""
    text = str(step)[:100].replace("~", "~0").replace("/", "~1")
    return f"{path}/{text}"


def shown(value: object) -> str:
    """A value from outside, short enough to stand in a message."""
    if isinstance(value, str):
        return f'"{value[:60]}…"' if len(value) > 60 else f'"{value}"'
    if value is None or isinstance(value, bool | int | float):
        return str(value)[:60]
    return "a list" if isinstance(value, list | tuple) else "an object"


def one_of(names: Iterable[str]) -> str:
    """A list of names for a hint."""
    return "One of: " + ", ".join(names) + "."


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A hint with the nearest known names, or all of them if none is near."""
    near = nearest(name, known) if isinstance(name, str) else ()
    return "Did you mean " + " or ".join(near) + "?" if near else one_of(known)
