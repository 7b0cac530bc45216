"""An e-mail as a provider gets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Email:
    """One message to one person; the same again for every attempt at the same delivery."""

    idempotency_key: str
    message_id: str
    """With its angle brackets."""
    from_name: str
    from_address: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """List-Unsubscribe and its like."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags that the provider repeats in its reports: letters, digits, ``-`` and ``_``."""
    attachments: Sequence[Attachment] = ()
