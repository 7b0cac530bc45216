"""The files that go with an e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optilearn.core.errors import AppError, ErrorCode
from optilearn.files.services import read_stored


class AttachmentsUnavailableError(RuntimeError):
    """The store doesn't answer; the same may work later."""


@dataclass(frozen=True)
class Attachment:
    """A file with its bytes."""

    name: str
    content_type: str
    content: bytes


def attachments_of(data: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the files that a payload names under ``attachments``.

    One that is gone is left out: the message has a link beside it. Raises
    ``AttachmentsUnavailableError``.
    """
    found = []
    for one in data.get("attachments") or ():
        try:
            content_type, content = read_stored(one["fileId"])
        except AppError as error:
            if error.code is ErrorCode.NOT_FOUND:
                continue
            raise AttachmentsUnavailableError(error.message) from error
        found.append(Attachment(one["name"], content_type, content))
    return tuple(found)
