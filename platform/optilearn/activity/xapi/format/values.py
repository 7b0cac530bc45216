"""The values that statements are made of (Data 4): IRIs, language tags, instants, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import AfterValidator, TypeAdapter, ValidationError

from optilearn.activity.services.skew import utc
from optilearn.activity.xapi.format.durations import seconds_of

MAX_IRI_BYTES: Final = 2_000
"""The limit of an index entry of PostgreSQL, with room for the other columns."""
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\s<>\"{}|\\^`\x7f]+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_MAILTO: Final = re.compile(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+", re.IGNORECASE)
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}")
_SHA2: Final = re.compile(r"[0-9a-fA-F]{56,128}")
_TAG: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?P<more>(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*)"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?|(?:x|i)(?:-[a-z0-9]{1,8})+",
    re.IGNORECASE | re.ASCII,
)
"""RFC 5646, section 2.1."""
_SINGLE: Final = re.compile(r"-([0-9a-wyz])(?=-)", re.IGNORECASE)
_NO_OFFSET: Final = re.compile(r"[T ].*-00(?::?00)?$")
"""RFC 3339's way to say that the offset isn't known, which the standard rules out."""
_instant: Final = TypeAdapter(datetime)


def is_iri(value: object) -> bool:
    """Return True for an absolute IRI that isn't too long to be looked up."""
    return (
        isinstance(value, str)
        and _IRI.fullmatch(value) is not None
        and len(value.encode(errors="replace")) <= MAX_IRI_BYTES
    )


def instant(text: str) -> datetime:
    """Return an instant of ISO 8601; without a zone it is UTC. Raises ``ValueError``."""
    if text[4:5] == "-" and not _NO_OFFSET.search(text):
        try:
            moment = _instant.validate_python(text)
            return utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except ValidationError:
            pass
    raise ValueError(_("A timestamp is a text in ISO 8601."))


def uuid(text: object) -> UUID:
    """Return a UUID as the standard writes it. Raises ``ValueError``."""
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise ValueError(_("An id of a statement or registration is a UUID."))
    return UUID(text)


def _is_tag(text: str) -> bool:
    match = _TAG.fullmatch(text)
    if match is None:
        return False
    singles = _SINGLE.findall((match["more"] or "").lower())
    return len(singles) == len(set(singles))


def _matching(pattern: re.Pattern[str], words: Callable[[], str]) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(words())
        return text

    return AfterValidator(check)


def _iri(text: str) -> str:
    if not is_iri(text):
        raise ValueError(_("This must be an absolute IRI of at most 2000 bytes."))
    return text


def _tag(text: str) -> str:
    if not _is_tag(text):
        raise ValueError(_("A language is a tag of RFC 5646, such as en, hi or en-IN."))
    return text


def _account_name(text: str) -> str:
    # Statements are found by it, and PostgreSQL's texts hold no NUL; their body has it escaped.
    if "\x00" in text:
        raise ValueError(_("The name of an account can't hold the character NUL."))
    return text


def _unchanged(check: Any) -> AfterValidator:
    """Return a check that leaves the text as it was received."""

    def as_received(text: str) -> str:
        check(text)
        return text

    return AfterValidator(as_received)


Iri = Annotated[str, AfterValidator(_iri)]
Id = Annotated[str, _unchanged(uuid)]
AccountName = Annotated[str, AfterValidator(_account_name)]
Tag = Annotated[str, AfterValidator(_tag)]
Instant = Annotated[str, _unchanged(instant)]
Duration = Annotated[str, _unchanged(seconds_of)]
LanguageMap = dict[Tag, str]
Extensions = dict[Iri, Any]
Mailbox = Annotated[
    str, AfterValidator(_iri), _matching(_MAILTO, lambda: _("Write it as mailto:address."))
]
Sha1 = Annotated[str, _matching(_SHA1, lambda: _("A SHA-1 sum has 40 hexadecimal digits."))]
Sha2 = Annotated[str, _matching(_SHA2, lambda: _("A SHA-2 sum has 56 to 128 hexadecimal digits."))]
