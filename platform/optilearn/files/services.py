"""Uploads from their announcement to their removal.

PENDING when a PUT is signed, READY once the object was checked, else REJECTED. What is READY
becomes an orphan unless a record of another app keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, Final, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files import access, checks
from optilearn.files.access import UploadPlace
from optilearn.files.models import File
from optilearn.files.naming import clean_name, key_for
from optilearn.files.quotas import require_room
from optilearn.files.rows import FileRow, row_where
from optilearn.files.stores import store
from optilearn.files.stores.base import NoObjectError, Signed, StoreDownError, Upload
from optilearn.files.sweeping import UNUSED, sweep_orphans

__all__ = [
    "Awaited",
    "GeneratedFile",
    "UploadRequest",
    "await_upload",
    "complete_awaited",
    "complete_upload",
    "discard",
    "discard_all",
    "keep",
    "not_ready",
    "read_stored",
    "read_whole",
    "release",
    "request_upload",
    "store_generated",
    "sweep_orphans",
]

T = TypeVar("T")

PUT_SECONDS: Final = 3600
"""Seconds within which a signed PUT may begin; one that has begun may take longer."""


@dataclass(frozen=True)
class UploadRequest:
    """A request to upload a file."""

    filename: str
    content_type: str
    size: int
    place: UploadPlace


@dataclass(frozen=True)
class GeneratedFile:
    """A file created by the server itself, to be stored."""

    name: str
    content_type: str
    source: BinaryIO
    size: int
    reach: Mapping[str, Any] | None = None
    """The records that it shows: whoever opens it must be allowed to see as much."""

    @classmethod
    def of(cls, name: str, content_type: str, content: bytes) -> GeneratedFile:
        """From bytes at hand."""
        return cls(name, content_type, BytesIO(content), len(content))


@dataclass(frozen=True)
class Awaited:
    """A file that another program of ours brings."""

    name: str
    content_type: str
    size: int


@transaction.atomic
def request_upload(*, principal: Principal, request: UploadRequest) -> dict[str, Any]:
    """Sign a PUT of exactly what is announced, and write down that it is awaited.

    Raises ``AppError``: VALIDATION_ERROR for a type or size that the category doesn't take,
    FORBIDDEN, NOT_FOUND for a course or lesson that isn't the caller's, CONFLICT where the files of
    the person or the school would take more than they may.
    """
    checks.check_request(request.place, request.content_type, request.size)
    name = clean_name(request.filename)
    if not name:
        raise checks.invalid("filename", _("Give the file a name."))
    access.require_writer(principal, request.place)
    row = _awaited(principal, request.place, Upload("", request.content_type, request.size), name)
    upload = Upload(row.key, row.content_type, row.size_bytes, principal.caller_id)
    signed = from_store(lambda: store().sign_put(upload, PUT_SECONDS))
    audit.record(
        action="file.announce", actor=principal, target=f"file:{row.pk}",
        details={"category": row.category, "size": row.size_bytes},
    )  # fmt: skip
    return {"fileId": row.pk, "key": row.key, **_put_on_the_wire(signed)}


@transaction.atomic
def await_upload(
    *, place: UploadPlace, awaited: Awaited, before: int | None = None
) -> tuple[int, dict[str, Any]]:
    """Sign a PUT for a program of ours that holds no credentials; return the file and the PUT.

    ``before`` is what was answered the last time: while the same is awaited, the file stays the
    same, and so does its key, which takes one object. Who calls it asks for permission first.
    Raises ``AppError``: VALIDATION_ERROR, CONFLICT if there is no room for it.
    """
    checks.check_request(place, awaited.content_type, awaited.size)
    row = File.objects.filter(
        pk__in=[before] if before is not None else [],
        status=File.Status.PENDING,
        content_type=awaited.content_type,
        size_bytes=awaited.size,
    ).first()
    if row is None:
        upload = Upload("", awaited.content_type, awaited.size)
        row = _awaited(None, place, upload, clean_name(awaited.name) or "file")
    upload = Upload(row.key, row.content_type, row.size_bytes)
    signed = from_store(lambda: store().sign_put(upload, PUT_SECONDS))
    return row.pk, _put_on_the_wire(signed)


def _put_on_the_wire(signed: Signed) -> dict[str, Any]:
    return {
        "url": signed.url,
        "method": signed.method,
        # Signed too, but every client sets it itself, and browsers refuse to be told it.
        "headers": {k: v for k, v in signed.headers.items() if k != "Content-Length"},
        "expiresAt": signed.expires_at,
    }


def complete_upload(*, principal: Principal, file_id: int) -> dict[str, Any]:
    """Check what was uploaded: length, type and first bytes. Then it is READY.

    Calling it again changes nothing and answers the same. Raises ``AppError``: CONFLICT while
    nothing has arrived, VALIDATION_ERROR when it was rejected (the object is removed),
    SERVICE_UNAVAILABLE if the store can't be asked.
    """
    row = row_where(pk=file_id)
    if row is None or not access.owns(principal, row):
        raise not_found()
    return _completed(principal, row).on_the_wire()


def complete_awaited(file_id: int) -> None:
    """Check what another program of ours uploaded, as ``complete_upload``. Raises as it does."""
    row = row_where(pk=file_id)
    if row is None:
        raise not_found()
    _completed(None, row)


def _completed(principal: Principal | None, row: FileRow) -> FileRow:
    if row.status == File.Status.PENDING:
        row = _checked(principal, row)
    if row.status == File.Status.REJECTED:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The file was rejected. %(why)s") % {"why": checks.problem_text(row.problem)},
            {"problem": row.problem},
        )
    return row


def store_generated(
    *, place: UploadPlace, file: GeneratedFile, owner: Principal | None = None
) -> int:
    """Store a generated file and return its id: READY, not used by a record yet.

    Not to be called inside a transaction: the record has to be there before the object, so that
    whatever is killed in between is found by the sweep. Who calls it asks for permission first.
    Raises ``AppError`` CONFLICT if there is no room for it.
    """
    upload = Upload("", file.content_type, file.size)
    row = _awaited(owner, place, upload, clean_name(file.name) or "file", file.reach)
    upload = Upload(row.key, file.content_type, file.size)
    head = from_store(lambda: store().put(upload, file.source))
    File.objects.filter(pk=row.pk).update(
        status=File.Status.READY, etag=head.etag, ready_at=clock.now()
    )
    return row.pk


def keep(
    file_id: int, *, principal: Principal | None = None, categories: frozenset[str] = frozenset()
) -> None:
    """A record uses the file from now on; called in that record's transaction.

    With a principal, the file must be one that they may read: else somebody's id would be a way
    to somebody's file. Raises ``AppError``: NOT_FOUND, VALIDATION_ERROR for a file of another
    category, CONFLICT for one that isn't READY.
    """
    row = row_where(pk=file_id)
    if row is None:
        raise not_found()
    if principal is not None:
        access.require_reader(principal, row)
    if categories and row.category not in categories:
        raise checks.invalid("fileId", _("This kind of file can't be used here."))
    if not row.is_ready:
        raise not_ready()
    # The update waits for a sweep that has the row, and finds nothing after it.
    if not File.objects.filter(pk=file_id).update(is_kept=True, released_at=None):
        raise not_found()


def release(file_id: int) -> None:
    """A record no longer uses the file; the sweep takes it in a week, unless another one does."""
    File.objects.filter(pk=file_id).update(is_kept=False, released_at=clock.now())


def discard(file_id: int) -> None:
    """No record uses the file, and none will again: the next sweep takes it."""
    File.objects.filter(pk=file_id).update(is_kept=False, released_at=clock.now() - UNUSED)


def discard_all(category: str) -> int:
    """The next sweep takes every file of the category that no record uses; return their number."""
    unused = File.objects.filter(category=category, is_kept=False)
    return unused.update(released_at=clock.now() - UNUSED)


def not_ready() -> AppError:
    """The file was announced, but not checked."""
    return AppError(
        ErrorCode.CONFLICT,
        _("This file is not ready. Upload it to the signed address, then complete the upload."),
    )


def read_whole(row: FileRow) -> bytes:
    """All of a file that is known to be small. Raises ``AppError``."""
    try:
        return from_store(lambda: store().read(row.key, row.size_bytes))
    except NoObjectError as error:
        raise not_found() from error


def read_stored(file_id: int, *, recipient: Principal | None = None) -> tuple[str, bytes]:
    """The content type and all bytes of a file that is known to be small.

    For the server's own use: it asks nobody for permission, but looks whether a recipient may
    still see what the file shows. Raises ``AppError``: NOT_FOUND, SERVICE_UNAVAILABLE, FORBIDDEN.
    """
    row = row_where(pk=file_id)
    if row is None or not row.is_ready:
        raise not_found()
    if recipient is not None:
        access.check_reach(recipient, row)
    return row.content_type, read_whole(row)


def _awaited(
    owner: Principal | None,
    place: UploadPlace,
    upload: Upload,
    name: str,
    reach: Mapping[str, Any] | None = None,
) -> File:
    try:
        with transaction.atomic():
            require_room(owner, upload.size)
            return File.objects.create(
                owner_id=owner.person_id if owner else None,
                course_id=place.course_id,
                lesson_id=place.lesson_id,
                category=place.category,
                key=key_for(require_institution_id(), place, upload.content_type),
                name=name,
                content_type=upload.content_type,
                size_bytes=upload.size,
                reach=reach,
                created_at=clock.now(),
            )
    except IntegrityError as error:
        raise not_found() from error  # no such course, or the lesson is none of it


def _checked(principal: Principal | None, row: FileRow) -> FileRow:
    """The row with the verdict on its object; of two at once, the first to write counts."""
    head = from_store(lambda: store().head(row.key))
    if head is None:
        if (latest := row_where(pk=row.id)) and latest.status != File.Status.PENDING:
            return latest
        raise not_ready()
    problem = from_store(lambda: checks.problem_of(row, head, store()))
    status = File.Status.REJECTED if problem else File.Status.READY
    with transaction.atomic():
        changed = File.objects.filter(pk=row.id, status=File.Status.PENDING).update(
            status=status,
            problem=problem,
            etag=head.etag,
            ready_at=None if problem else clock.now(),
        )
        if changed:
            audit.record(
                action="file.reject" if problem else "file.complete",
                actor=principal,
                target=f"file:{row.id}",
                details={"problem": problem} if problem else {},
            )
    if problem:
        from_store(lambda: store().delete(row.key))
    latest = row_where(pk=row.id)
    if latest is None:
        raise not_found()
    return latest


def from_store(call: Callable[[], T]) -> T:
    """Call the store. Raises ``AppError`` SERVICE_UNAVAILABLE while it is down."""
    try:
        return call()
    except StoreDownError as error:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("File storage is unavailable. Please try again soon."),
        ) from error
