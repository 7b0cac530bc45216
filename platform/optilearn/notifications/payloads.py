"""Values as payloads and ``once`` keys hold them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

_POST: Final = "post:"
_MESSAGE: Final = "message:"


def points(score: Decimal) -> str:
    """Format a score as people write it: ``41``, ``41.5``."""
    plain = f"{score:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def instant_key(moment: datetime) -> str:
    """Format an instant for a ``once`` key: a date that changes is notified again."""
    return str(int(moment.timestamp()))


def post_key(post_id: int) -> str:
    """Format the key of messages about a post."""
    return f"{_POST}{post_id}"


def post_of(key: str) -> int | None:
    """Return the post that messages with this key are about; None for other keys."""
    return int(key.removeprefix(_POST)) if key.startswith(_POST) else None


def message_key(message_id: int) -> str:
    """Format the key of notifications of a person's message."""
    return f"{_MESSAGE}{message_id}"


def message_of(key: str) -> int | None:
    """Return the message that notifications with this key tell of; None for other keys."""
    return int(key.removeprefix(_MESSAGE)) if key.startswith(_MESSAGE) else None
