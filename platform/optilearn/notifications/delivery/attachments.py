"""The files that go with an e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.services import read_stored
from optilearn.institutions.selectors import institution_by_id
from optilearn.people.selectors import principal_by_id

_LEFT_OUT: Final = (ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN)


class AttachmentsUnavailableError(RuntimeError):
    """The store doesn't answer; the same may work later."""


@dataclass(frozen=True)
class Attachment:
    """A file with its bytes."""

    name: str
    content_type: str
    content: bytes


def attachments_of(data: Mapping[str, Any], person_id: int) -> tuple[Attachment, ...]:
    """Return the files that a payload names under ``attachments``.

    One that is gone is left out, and one that shows more than the recipient may see by now (the
    message waited for the morning): it has a link beside it. Raises
    ``AttachmentsUnavailableError``.
    """
    named = data.get("attachments") or ()
    recipient = _recipient(person_id) if named else None
    if recipient is None:
        return ()
    found = []
    for one in named:
        try:
            content_type, content = read_stored(one["fileId"], recipient=recipient)
        except AppError as error:
            if error.code in _LEFT_OUT:
                continue
            raise AttachmentsUnavailableError(error.message) from error
        found.append(Attachment(one["name"], content_type, content))
    return tuple(found)


def _recipient(person_id: int) -> Principal | None:
    """The person as they are now; None if they left."""
    try:
        return principal_by_id(institution_by_id(require_institution_id()), person_id)
    except LookupError:
        return None
