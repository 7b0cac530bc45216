"""Counting related rows of each row, as one does with the ORM."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, IntegerField, QuerySet, Subquery


def counted(rows: QuerySet[Any]) -> Subquery:
    """Return the number of ``rows``, which name the outer row."""
    count = Func("pk", function="count", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(number=count).values("number"))
