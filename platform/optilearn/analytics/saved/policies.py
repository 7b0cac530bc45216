"""Permissions on saved items."""

from __future__ import annotations

from typing import Final, Protocol

from django.db.models import Q
from django.utils.translation import gettext as _

from optilearn.analytics.models import SavedItem
from optilearn.core.access.policies import ADMINS, STAFF, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import SEES_SQL
from optilearn.core.sql import compose, quoted
from optilearn.people.models import Person

SHARERS: Final = STAFF
"""Roles whose items others may read. Students and parents keep theirs to themselves."""


class Owned(Protocol):
    """A record with an owner."""

    @property
    def owner_id(self) -> int | None:
        """The owner; None once they were erased."""


def may_edit(principal: Principal, item: Owned, *, is_orphan: bool = False) -> bool:
    """Return True for the owner, and for administrators where the owner is gone.

    ``is_orphan``: the owner was deactivated. One who was erased is None.
    """
    if item.owner_id is None or is_orphan:
        return principal.role in ADMINS
    return item.owner_id == principal.person_id


def may_hand_over(principal: Principal, item: Owned) -> bool:
    """Return True for the owner and for administrators."""
    return principal.role in ADMINS or item.owner_id == principal.person_id


def check_may_have(principal: Principal, kind: SavedItem.Kind) -> None:
    """Raises ``AppError`` FORBIDDEN: SQL is for those who may see it."""
    refuse_unless(kind != SavedItem.Kind.QUERY or principal.role in SEES_SQL)


def check_may_share(principal: Principal, visibility: str) -> None:
    """Raises ``AppError`` FORBIDDEN unless the principal may let others read."""
    is_private = visibility == SavedItem.Visibility.PRIVATE
    refuse_unless(
        is_private or principal.role in SHARERS,
        _("Your role can keep reports, but not share them."),
    )


def readable_by(principal: Principal) -> Q:
    """Return the condition of the items that the principal may read.

    Their own, drafts included; of the others' the published ones that are shared with the
    institution or with the principal's role. Administrators also see those whose owner is gone.
    """
    shared = Q(visibility=SavedItem.Visibility.INSTITUTION) | Q(
        visibility=SavedItem.Visibility.ROLE, roles__contains=[principal.role.value]
    )
    readable = Q(owner_id=principal.person_id) | Q(published_version__isnull=False) & shared
    if principal.role in ADMINS:
        readable |= orphans()
    if principal.role not in SEES_SQL:
        readable &= ~Q(kind=SavedItem.Kind.QUERY)
    return readable


READABLE: Final = compose(
    "((i.owner_id = %(person)s"
    " OR i.published_version IS NOT NULL AND (i.visibility = <institution>"
    " OR i.visibility = <role> AND i.roles @> ARRAY[%(role)s::text])"
    " OR %(is_admin)s AND (i.owner_id IS NULL OR p.status = <inactive>))"
    " AND (%(sees_sql)s OR i.kind <> <query>))",
    institution=quoted(SavedItem.Visibility.INSTITUTION),
    role=quoted(SavedItem.Visibility.ROLE),
    inactive=quoted(Person.Status.INACTIVE),
    query=quoted(SavedItem.Kind.QUERY),
)
"""The same as :func:`readable_by` in SQL, of an item ``i`` whose owner is ``p``; a test compares
the two. For what stands before every answer of a saved report."""


def reader(principal: Principal) -> dict[str, object]:
    """Return the parameters of :data:`READABLE`."""
    return {
        "person": principal.person_id,
        "role": principal.role.value,
        "is_admin": principal.role in ADMINS,
        "sees_sql": principal.role in SEES_SQL,
    }


def orphans() -> Q:
    """Return the condition of the items whose owner was erased or deactivated."""
    return Q(owner_id__isnull=True) | Q(owner__status=Person.Status.INACTIVE)
