"""The events of recognition."""

from __future__ import annotations

from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class CertificatesIssued(Event):
    """Certificates were issued: for what was completed, or by an administrator."""

    certificate_ids: tuple[int, ...]


@dataclass(frozen=True)
class PathsCompleted(Event):
    """Students completed all courses of a learning path, each for the first and only time."""

    member_ids: tuple[int, ...]


@dataclass(frozen=True)
class BadgeOf:
    """A badge that a student earned."""

    badge_id: int
    student_id: int


@dataclass(frozen=True)
class BadgesEarned(Event):
    """Students earned badges, each for the first and only time."""

    earned: tuple[BadgeOf, ...]
