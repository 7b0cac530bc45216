"""Devices: everybody their own."""

from __future__ import annotations

from typing import Any, Final

from optilearn.notifications.models import PushToken
from tests.support.permissions import EVERYBODY, Rule
from tests.support.twins import Twin


def tablet(_: Twin) -> dict[str, Any]:
    return {"token": "token-of-a-tablet", "platform": "ANDROID"}


def lenas_phone(twin: Twin) -> None:
    PushToken.objects.create(
        person=twin.people["lena"], token="lenas-phone", token_hash=b"1" * 32, platform="IOS"
    )


def that_phone(_: Twin) -> dict[str, int]:
    return {"tokenId": PushToken.objects.latest("id").pk}


RULES: Final = [
    Rule("GET", "/api/notifications/push-tokens", EVERYBODY),
    Rule("POST", "/api/notifications/push-tokens", EVERYBODY, body=tablet),
    Rule(
        "DELETE",
        "/api/notifications/push-tokens/{tokenId}",
        "lena",
        params=that_phone,
        denied=404,
        setup=lenas_phone,
    ),
]
