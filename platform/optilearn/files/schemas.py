"""Schemas of the files API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import CamelSchema
from optilearn.files.kinds import registered

MAX_ID = 2**63 - 1
FileStatus = TypeAliasType("FileStatus", Literal["PENDING", "READY", "REJECTED"])
FileCategory = TypeAliasType(
    "FileCategory",
    Literal[
        "avatar",
        "captions",
        "document",
        "evidence",
        "exports",
        "deliveries",
        "image",
        "recordings",
        "snapshots",
        "submissions",
        "video",
    ],
)


class UploadIn(CamelSchema):
    """A file that is to be uploaded."""

    filename: str = Field(min_length=1, max_length=1000, examples=["प्रकाश संश्लेषण.pdf"])
    content_type: Annotated[str, AfterValidator(registered)] = Field(
        max_length=200, examples=["application/pdf"]
    )
    category: FileCategory = Field(examples=["document"])
    course_id: int | None = Field(None, ge=1, le=MAX_ID)
    lesson_id: int | None = Field(
        None, ge=1, le=MAX_ID, description="Needs its course's id as well."
    )
    size: int = Field(ge=1, le=2**53, description="In bytes, exactly.", examples=[48213])


class UploadOut(CamelSchema):
    """A signed request: send the file's bytes with these headers. Then complete the upload.

    Content-Length has to be the announced size; every client sets it itself, from the body.
    """

    file_id: int
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    key: str
    expires_at: datetime


class FileOut(CamelSchema):
    """A file's record."""

    id: int
    filename: str
    content_type: str
    category: FileCategory
    size: int
    status: FileStatus
    course_id: int | None
    lesson_id: int | None
    owner_id: int | None
    problem: str | None
    created_at: datetime
    ready_at: datetime | None


class FileUrl(CamelSchema):
    """The signed URL of a file and its expiry. It needs no session, so don't share it."""

    url: str
    expires_at: datetime


class SpaceOut(CamelSchema):
    """Bytes that files take, and may take. A file counts from its announcement on."""

    used_bytes: int = Field(examples=[48213])
    quota_bytes: int = Field(examples=[10 * 1024**3])


class StorageOut(CamelSchema):
    """The usage of storage."""

    own: SpaceOut = Field(description="Of the caller's files.")
    school: SpaceOut | None = Field(description="Of all files; null unless an administrator asks.")


class Stored(CamelSchema):
    """The bytes arrived."""

    etag: str
