"""The events of compliance."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class ObligationsDue(Event):
    """People have to be reminded; published once for each obligation and reminder."""

    obligation_ids: tuple[int, ...]


@dataclass(frozen=True)
class RequirementEscalated(Event):
    """Obligations of a requirement are overdue for so long that its heads are told of them."""

    requirement_id: int
    obligation_ids: tuple[int, ...]
    """Those that weren't told of before."""
