"""A report that is ready to be used, for the roles that ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from dashboards.messages import Text
from dashboards.presets.model import Definition

Audience = Literal["administrator", "head", "teacher", "finance", "parent"]
_LETTERS: Final[Mapping[str, Audience]] = {
    "A": "administrator",
    "H": "head",
    "T": "teacher",
    "F": "finance",
    "P": "parent",
}


@dataclass(frozen=True)
class Template:
    """A definition with its texts, and the fields by which its readers may narrow it."""

    key: str
    audiences: frozenset[Audience]
    title: Text
    description: Text
    definition: Definition

    @property
    def reader_filters(self) -> tuple[str, ...]:
        """Return the paths that a report made from it opens to readers."""
        return _READER_FILTERS.get(self.definition["entity"], ())


def template(
    key: str, letters: str, title: Text, description: Text, definition: Definition
) -> Template:
    """A template; ``letters`` are the first ones of its audiences: A, H, T, F and P."""
    audiences = frozenset(_LETTERS[letter] for letter in letters)
    return Template(key, audiences, title, description, definition)


def listed(entity: str, columns: Sequence[str], /, **rest: Any) -> Definition:  # noqa: ANN401 - as the language has it
    """A definition that lists records."""
    return {
        "version": 1,
        "entity": entity,
        "mode": "rows",
        "columns": list(columns),
        "chart": {"type": "table"},
    } | rest


_OF_WORK: Final = ("course.termCode", "course.category", "course.code", "student.className")
_READER_FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "enrollments": (*_OF_WORK, "enrolledOn"),
    "submissions": (*_OF_WORK, "submittedOn"),
    "activity": (*_OF_WORK, "occurredOn"),
    "lessonProgress": (*_OF_WORK, "completedOn"),
    "assignments": ("course.termCode", "course.category", "course.code", "dueOn"),
    "revenue": ("course.termCode", "course.category", "course.code", "enrolledOn"),
    "courses": ("termCode", "category"),
    "lessons": ("course.termCode", "course.category", "course.code"),
    "students": ("className", "sectionName"),
    "deliveries": ("channel", "category", "queuedOn"),
}
