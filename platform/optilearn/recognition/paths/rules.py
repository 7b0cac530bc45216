"""Rules of learning paths, without records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from optilearn.courses.models import Course
from optilearn.recognition.models import LearningPath

Status = LearningPath.Status


class StepState(StrEnum):
    """The state of a course of a path for one of its members."""

    COMPLETED = "COMPLETED"
    STARTED = "STARTED"
    """The member is or was enrolled in it."""
    OPEN = "OPEN"
    LOCKED = "LOCKED"
    """A course before it isn't completed."""
    UNAVAILABLE = "UNAVAILABLE"
    """The course isn't published, or not any more."""


def states_of(steps: Sequence[Mapping[str, Any]], *, is_sequential: bool) -> list[StepState]:
    """Return the states of a path's courses, in their order.

    Each step has ``status`` (the course's), ``is_completed`` and ``enrollment_id``. Who is enrolled
    in a later course otherwise takes it as they like: a path gives access and takes none away.
    """
    states, is_reached = [], True
    for step in steps:
        if step["is_completed"]:
            states.append(StepState.COMPLETED)
            continue
        if step["enrollment_id"] is not None:
            states.append(StepState.STARTED)
        elif step["status"] != Course.Status.PUBLISHED:
            states.append(StepState.UNAVAILABLE)
        else:
            states.append(StepState.OPEN if is_reached else StepState.LOCKED)
        is_reached = not is_sequential
    return states


def percent(done: int, total: int) -> int:
    """Return the share of a path's courses that are completed; 100 only for all of them."""
    return 100 * done // total if total else 0
