"""Usage and limits of the files of an institution and of one of its people.

A file counts with its announced length from the announcement until its row is gone: until then
its signed address may still bring the bytes. So whatever was announced has its place already, and
completing it needs no other look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import lock_name
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.models import File
from optilearn.institutions.options import quotas
from optilearn.institutions.selectors import institution_by_id, known_institution


@dataclass(frozen=True)
class Space:
    """Bytes that are used, of those that may be."""

    used: int
    quota: int

    def on_the_wire(self) -> dict[str, int]:
        """Return the fields for the API."""
        return {"usedBytes": self.used, "quotaBytes": self.quota}


def storage(principal: Principal) -> dict[str, Any]:
    """Return the usage of the caller's files and, for administrators, of the school's."""
    own, school = _spaces(principal)
    shown = school.on_the_wire() if principal.role in ADMINS else None
    return {"own": own.on_the_wire(), "school": shown}


def require_room(owner: Principal | None, size: int) -> None:
    """Raise ``AppError`` CONFLICT if ``size`` more bytes are too many.

    Announcements of an institution wait here for each other until the transaction that writes
    the file's row ends: of two that fit alone, one finds the other.
    """
    lock_name("files.quota", require_institution_id())
    own, school = _spaces(owner)
    if owner is not None and own.used + size > own.quota:
        raise _full("own_quota", _("You don't have enough storage for this file."), own)
    if school.used + size > school.quota:
        raise _full("school_quota", _("Your school's file storage is full."), school)


def _full(code: str, message: str, space: Space) -> AppError:
    hint = _("Unused files are removed after a week; administrators can change the quotas.")
    details = {"path": "/size", "code": code, "message": message, "hint": hint}
    return AppError(ErrorCode.CONFLICT, f"{message} {hint}", [details | space.on_the_wire()])


def _spaces(owner: Principal | None) -> tuple[Space, Space]:
    """Of the person, and of the institution in force."""
    row = known_institution(owner.institution_slug) if owner else None
    found = quotas((row or institution_by_id(require_institution_id())).settings)
    is_own = Q(owner_id=owner.person_id if owner else None)
    used = File.objects.aggregate(
        own=Coalesce(Sum("size_bytes", filter=is_own), 0),
        school=Coalesce(Sum("size_bytes"), 0),
    )
    is_staff = owner is not None and owner.role.is_staff
    limit = found.staff_bytes if is_staff else found.learner_bytes
    return Space(int(used["own"]), limit), Space(int(used["school"]), found.school_bytes)
