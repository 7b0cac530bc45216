"""Rows that are written again for another course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from optilearn.core.tenancy.models import TenantModel
from optilearn.courses.services.copying import moved

M = TypeVar("M", bound=TenantModel)
Ids = Mapping[int, int]
"""Ids of copies by those of the originals."""


@dataclass(frozen=True)
class Copy:
    """A course that is being copied."""

    course_id: int
    copy_id: int
    days: int
    """Between the old start and the new one."""
    zone: ZoneInfo
    lessons: Ids

    def moved(self, instant: datetime | None) -> datetime | None:
        """Return the same local time of day, as many days later as the course starts."""
        return moved(instant, self.days, self.zone)


def copied(row: M, **changes: Any) -> M:
    """Return a new row with the columns of another one, except for its id and ``changes``.

    A new column is copied without anybody thinking of it. One that refers to a record of the
    old course has to be changed: the key in PostgreSQL, which holds the course, refuses it.
    """
    columns = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in {"id", "institution"}
    }
    return type(row)(**columns | changes)


def ids(old: Sequence[TenantModel], new: Sequence[TenantModel]) -> Ids:
    """Return the ids of the copies by those of the originals, which lie in the same order."""
    return {one.pk: other.pk for one, other in zip(old, new, strict=True)}
