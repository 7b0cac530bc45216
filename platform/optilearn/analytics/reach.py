"""The reach of a stored file, and whether its reader may still see as much.

A file outlives the rights that it was written under: a teacher leaves a course, an administrator
becomes a teacher. So its reach is recorded with it, and each reader's of today must cover it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.sql.policies import SqlAccess, sql_access
from optilearn.core.access.policies import refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.files.rows import FileRow
from reports.contracts import Scope, ScopeKind

CATEGORIES: Final = ("exports", "deliveries", "snapshots")
"""The categories of files that are written from snapshots."""


@dataclass(frozen=True)
class Reach:
    """The rows of a scope, and how far SQL could read them."""

    scope: Scope
    sql: SqlAccess = SqlAccess.NONE

    @classmethod
    def of(cls, principal: Principal) -> Reach:
        """All that a principal may see now. Raises ``AppError``: FORBIDDEN, SERVICE_UNAVAILABLE."""
        from optilearn.analytics.services import scope_of  # noqa: PLC0415 - not at each start

        return cls(scope_of(principal), sql_access(principal))

    @classmethod
    def of_record(cls, institution_id: int, record: Mapping[str, Any] | None) -> Reach:
        """The reach that was recorded with a file; where none was, the widest."""
        if record is None:
            return cls(Scope(institution_id, ScopeKind.INSTITUTION), SqlAccess.NAMED)
        kind, ids = ScopeKind(record["scope"]), tuple(record["ids"])
        name = "course_ids" if kind is ScopeKind.OWN_COURSES else "person_ids"
        return cls(Scope(institution_id, kind, **{name: ids}), SqlAccess(record["sql"]))

    def to_record(self) -> dict[str, Any]:
        """The reach as it is stored with a file."""
        return {
            "scope": self.scope.kind.value,
            "ids": list(self.scope.ids),
            "sql": self.sql.value,
        }

    def covers(self, other: Reach) -> bool:
        """Return True if who has this reach may see all of the other."""
        return self.sql >= other.sql and covers(self.scope, other.scope)


def covers(scope: Scope, other: Scope) -> bool:
    """Return True if each row of the other is one of the scope's, by kinds and ids alone."""
    if scope.institution_id != other.institution_id:
        return False
    if scope.kind is ScopeKind.INSTITUTION:
        return True
    return scope.kind is other.kind and set(scope.ids) >= set(other.ids)


def guard(principal: Principal, file: FileRow) -> None:
    """Raises ``AppError`` FORBIDDEN where a file shows more than the principal may see today."""
    written = Reach.of_record(principal.institution_id, file.reach)
    message = _("This file shows more than you may see today. Create it anew.")
    refuse_unless(Reach.of(principal).covers(written), message)
