"""Permissions on saved items."""

from __future__ import annotations

from typing import Protocol

from django.db.models import Q

from optilearn.analytics.models import SavedItem
from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal


class Owned(Protocol):
    """A record with an owner."""

    owner_id: int | None


def may_edit(principal: Principal, item: Owned) -> bool:
    """Return True for the owner, and for administrators where the owner is gone."""
    if item.owner_id is None:
        return principal.role in ADMINS
    return item.owner_id == principal.person_id


def readable_by(principal: Principal) -> Q:
    """Return the condition of the items that the principal may read.

    Their own, drafts included; of the others' the published ones that are shared with the
    institution or with the principal's role. Administrators also see those without an owner.
    """
    shared = Q(visibility=SavedItem.Visibility.INSTITUTION) | Q(
        visibility=SavedItem.Visibility.ROLE, roles__contains=[principal.role.value]
    )
    readable = Q(owner_id=principal.person_id) | Q(published_version__isnull=False) & shared
    if principal.role in ADMINS:
        readable |= Q(owner_id__isnull=True)
    return readable
