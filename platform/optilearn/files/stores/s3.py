"""Objects in S3, R2, or whatever speaks their protocol (docs/protocols.md#object-stores)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from optilearn.core import clock
from optilearn.files.stores.base import (
    Download,
    Head,
    NoObjectError,
    ObjectExistsError,
    Signed,
    StoreDownError,
    Upload,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_EXISTS: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


@dataclass(frozen=True)
class S3Place:
    """The address of a bucket. Without a key, boto3 looks for credentials in its usual places."""

    bucket: str
    endpoint: str | None = None
    region: str = "auto"
    access_key_id: str | None = None
    secret_access_key: str | None = None


class S3Store:
    """A bucket. Its CORS rules must let our pages PUT with ``content-type``."""

    def __init__(self, place: S3Place) -> None:
        self.bucket = place.bucket
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=place.endpoint,
            region_name=place.region,
            aws_access_key_id=place.access_key_id,
            aws_secret_access_key=place.secret_access_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                # Otherwise some versions sign a checksum that browsers can't send.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=5,
                read_timeout=30,
                retries={"total_max_attempts": 3, "mode": "standard"},
            ),
        )

    def sign_put(self, upload: Upload, seconds: int) -> Signed:
        """The signature covers length, type and the refusal to overwrite."""
        url = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self.bucket,
                "Key": upload.key,
                "ContentType": upload.content_type,
                "ContentLength": upload.size,
                "IfNoneMatch": "*",
            },
            ExpiresIn=seconds,
        )
        headers = {
            "Content-Type": upload.content_type,
            "Content-Length": str(upload.size),
            "If-None-Match": "*",
        }
        return Signed(url, "PUT", headers, clock.now() + timedelta(seconds=seconds))

    def sign_get(self, download: Download, seconds: int) -> str:
        """The answer's type and disposition are signed as well."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": download.key,
                "ResponseContentType": download.content_type,
                "ResponseContentDisposition": download.disposition,
                "ResponseCacheControl": f"private, max-age={seconds}",
            },
            ExpiresIn=seconds,
        )

    def head(self, key: str) -> Head | None:
        """Return the metadata that the bucket reports."""
        try:
            with _answering():
                found = self._client.head_object(Bucket=self.bucket, Key=key)
        except NoObjectError:
            return None
        return Head(found["ContentLength"], found["ContentType"], found["ETag"].strip('"'))

    def read(self, key: str, limit: int) -> bytes:
        """By a range request: the rest of the object isn't fetched."""
        with _answering():
            found = self._client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes=0-{limit - 1}"
            )
            return found["Body"].read(limit)

    def put(self, upload: Upload, source: BinaryIO) -> Head:
        """One PUT, which the bucket refuses if the key is taken."""
        with _answering():
            found = self._client.put_object(
                Bucket=self.bucket,
                Key=upload.key,
                Body=source,
                ContentType=upload.content_type,
                ContentLength=upload.size,
                IfNoneMatch="*",
            )
        return Head(upload.size, upload.content_type, found["ETag"].strip('"'))

    def delete(self, key: str) -> None:
        """S3 answers the same for a key that isn't there."""
        with _answering():
            self._client.delete_object(Bucket=self.bucket, Key=key)

    def remove_leftovers(self, before: datetime) -> None:
        """A PUT that breaks off leaves nothing in a bucket."""


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _ABSENT:
            raise NoObjectError(code) from error
        if code in _EXISTS:
            raise ObjectExistsError(code) from error
        raise StoreDownError(f"The object store refused: {code}.") from error
    except (BotoCoreError, OSError) as error:
        raise StoreDownError("The object store can't be reached.") from error
