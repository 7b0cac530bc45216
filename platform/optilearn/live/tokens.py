"""Tokens by which Jitsi Meet lets somebody into one room, without records.

Prosody compares ``exp`` and ``nbf`` without leeway, and a value under ``context.user`` that isn't
a string is an error there: what is unknown is left out. A token without ``features`` allows
everything, one with them only what is listed as true. Without the plugin ``token_affiliation``
everybody with a token is a moderator (docs/live-classes.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt

_BACKDATED: Final = timedelta(seconds=60)
"""For video servers whose clock is behind ours."""
_TRUE: Final = "true"
_FALSE: Final = "false"
_FOR_ALL: Final = ("screen-sharing", "send-groupchat")
_FOR_HOSTS: Final = ("create-polls", "moderation")
_FOR_NOBODY: Final = (
    *("recording", "livestreaming", "transcription", "file-upload"),
    *("inbound-call", "outbound-call", "sip-inbound-call", "sip-outbound-call"),
)


@dataclass(frozen=True)
class Participant:
    """The person in the room."""

    id: int
    name: str
    email: str
    is_host: bool


def room_token(
    *,
    app_id: str,
    secret: str,
    room: str,
    participant: Participant,
    now: datetime,
    expires_at: datetime,
) -> str:
    """Return the signed token of one person for one room."""
    user = {
        "id": str(participant.id),
        "name": participant.name,
        "email": participant.email,
        "moderator": _TRUE if participant.is_host else _FALSE,
        "affiliation": "owner" if participant.is_host else "member",
    }
    claims: dict[str, Any] = {
        "iss": app_id,
        "aud": app_id,
        "sub": "*",
        "room": room,
        "iat": int(now.timestamp()),
        "nbf": int((now - _BACKDATED).timestamp()),
        "exp": int(expires_at.timestamp()),
        "context": {
            "user": {name: value for name, value in user.items() if value},
            "features": features_of(is_host=participant.is_host),
        },
    }
    return jwt.encode(claims, secret, algorithm="HS256", headers={"typ": "JWT"})


def features_of(*, is_host: bool) -> dict[str, str]:
    """Return what the participant may do in the room, by Jitsi's names."""
    return {
        **dict.fromkeys(_FOR_ALL, _TRUE),
        **dict.fromkeys(_FOR_HOSTS, _TRUE if is_host else _FALSE),
        **dict.fromkeys(_FOR_NOBODY, _FALSE),
    }
