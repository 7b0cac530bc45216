"""Permissions on files.

Files lie below courses and submissions and know nothing of them: those apps register their
rules here, in ``AppConfig.ready``. Without a rule the answer is no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from optilearn.core.access.policies import ADMINS, STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.providers import Provider
from optilearn.files.kinds import CATEGORIES, Reach
from optilearn.files.rows import FileRow


@dataclass(frozen=True)
class UploadPlace:
    """The place that an upload is meant for."""

    category: str
    course_id: int | None = None
    lesson_id: int | None = None


ReadRule = Callable[[Principal, FileRow], bool]
WriteRule = Callable[[Principal, UploadPlace], bool]
Guard = Callable[[Principal, FileRow], None]
"""Raises ``AppError`` for a reader, its owner too, who may no longer see what the file shows."""


def _never(principal: Principal, target: object) -> bool:
    return False


may_manage_course: Final = Provider[[Principal, int], bool](_never)
"""``(principal, course_id)``: True if the principal manages the course."""
may_read_course_file: Final = Provider[[Principal, FileRow], bool](_never)
"""``(principal, file)``: True if the file of a course opens for the principal; False becomes a
404. It may raise ``AppError`` itself to say more (FORBIDDEN, LESSON_LOCKED)."""

_readers: Final[dict[str, ReadRule]] = {}
_writers: Final[dict[str, WriteRule]] = {}
_guards: Final[dict[str, Guard]] = {}


def register(
    category: str,
    *,
    may_read: ReadRule | None = None,
    may_write: WriteRule | None = None,
    guard: Guard | None = None,
) -> None:
    """Rules of one category, from the app that owns it.

    Its reader rule adds to the usual readers; its writer rule replaces the usual one. Its guard
    stands before all readers.
    """
    if category not in CATEGORIES:
        raise LookupError(f"There is no category {category}.")
    if may_read is not None:
        _readers[category] = may_read
    if may_write is not None:
        _writers[category] = may_write
    if guard is not None:
        _guards[category] = guard


def owns(principal: Principal, file: FileRow) -> bool:
    """Return True if the file is the principal's, or the principal an administrator."""
    return file.owner_id == principal.person_id or principal.role in ADMINS


def may_read(principal: Principal, file: FileRow) -> bool:
    """Return True if the principal may read a file that is READY."""
    if owns(principal, file):
        return True
    reach = CATEGORIES[file.category].reach
    if reach is Reach.EVERYONE:
        return True
    rule = _readers.get(file.category)
    if rule is not None and rule(principal, file):
        return True
    if reach is Reach.PRIVATE or file.course_id is None:
        return False
    return may_read_course_file(principal, file)


def require_reader(principal: Principal, file: FileRow | None) -> FileRow:
    """The file, for who may read it; until it is READY that is who uploaded it.

    Raises ``AppError`` NOT_FOUND: absent and not yours are the same. Whoever may read it, but may
    see less today than it shows, is told so by its category's guard.
    """
    if file is None:
        raise not_found()
    if not (may_read(principal, file) if file.is_ready else owns(principal, file)):
        raise not_found()
    check_reach(principal, file)
    return file


def check_reach(principal: Principal, file: FileRow) -> None:
    """Raises ``AppError`` if the principal may not see all that the file shows."""
    guard = _guards.get(file.category)
    if guard is not None:
        guard(principal, file)


def require_writer(principal: Principal, place: UploadPlace) -> None:
    """Raises ``AppError`` FORBIDDEN, or NOT_FOUND for a course that isn't the caller's."""
    refuse_unless(not CATEGORIES[place.category].is_generated)
    rule = _writers.get(place.category)
    if rule is not None:
        refuse_unless(rule(principal, place))
    elif place.course_id is not None:
        if not may_manage_course(principal, place.course_id):
            raise not_found()
    elif CATEGORIES[place.category].reach is Reach.PRIVATE:
        refuse_unless(False)  # noqa: FBT003 - a private category has readers only by its own rule
    elif place.category != "avatar":
        refuse_unless(principal.role in STAFF)
