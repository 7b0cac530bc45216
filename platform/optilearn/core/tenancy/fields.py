"""Keys that carry the institution.

Migrations rebuild models without their abstract bases but with their fields, so it is by
these field classes that the schema editor knows a tenant-owned table.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class InstitutionKey(models.ForeignKey[Any, Any]):
    """The owner of a row: never null, first column of the primary key, never changed."""

    def __init__(self, to: Any = "institutions.Institution", **kwargs: Any) -> None:
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("editable", False)
        kwargs["db_index"] = False  # the primary key (institution_id, id) serves it
        kwargs["db_constraint"] = False  # the schema editor adds it where no reference implies it
        super().__init__(to, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Leave out what the class always sets."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_index", None)
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference that can't leave the institution.

    PostgreSQL holds ``(institution_id, x_id, *together)`` to the target's
    ``(institution_id, id, *together)``. ``together`` names columns which both rows have and
    which must agree, e.g. a submission's student with its enrollment's student; the target
    then needs a unique constraint over them. ``enforced=False`` leaves the constraint out
    where another reference of the same row already implies it.
    """

    def __init__(
        self,
        to: Any,
        on_delete: Any = models.PROTECT,
        *,
        together: tuple[str, ...] = (),
        enforced: bool = True,
        **kwargs: Any,
    ) -> None:
        self.together = tuple(together)
        self.enforced = enforced
        kwargs["db_constraint"] = False  # replaced by the composite one
        kwargs.setdefault("db_index", False)  # access paths are declared in Meta.indexes
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Keep what decides the constraint."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        if kwargs.get("db_index") is False:
            del kwargs["db_index"]
        if self.together:
            kwargs["together"] = self.together
        if not self.enforced:
            kwargs["enforced"] = False
        return name, path, args, kwargs
