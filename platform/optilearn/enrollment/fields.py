"""A column for stretches of a video."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from psycopg.types.multirange import Multirange

Intervals = tuple[tuple[int, int], ...]
"""Stretches in whole seconds, ``(from, to)`` each."""

if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field  # which knows no types when it runs


class SecondsField(Field):
    """Stretches ``((from, to), …)`` in whole seconds: PostgreSQL's ``int4multirange``.

    Null means none; what is read is sorted, disjoint and never null.
    """

    def db_type(self, connection: Any) -> str:
        """Return the column's type."""
        return "int4multirange"

    def from_db_value(self, value: Any, *_: Any) -> Intervals:
        """Return the value from PostgreSQL as pairs."""
        return pairs(value)

    def get_prep_value(self, value: Any) -> Any:
        """Return the literal that PostgreSQL reads."""
        return None if value is None else literal(value)


def pairs(value: Any) -> Intervals:
    """Return the stretches of a multirange as psycopg reads it; null is none."""
    if not isinstance(value, Multirange):
        return ()
    return tuple((int(r.lower or 0), int(r.upper or 0)) for r in value)


def literal(stretches: Intervals) -> str:
    """Return the stretches as PostgreSQL reads them."""
    return "{" + ",".join(f"[{start},{end})" for start, end in stretches) + "}"
