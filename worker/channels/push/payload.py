"""The payload of a push for FCM: Android, iOS and browsers, within 4096 bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from firebase_admin import messaging

from worker.channels.push.message import Device, Push

MAX_BYTES: Final = 4_096
_LONGEST_TAG: Final = 64
"""Bytes that APNs takes as ``apns-collapse-id``."""
_RESERVED: Final = frozenset({"from", "message_type", "notification", "collapse_key"})
_RESERVED_STARTS: Final = ("google", "gcm")
_DOTS: Final = "…"


def message_for(push: Push, device: Device) -> messaging.Message:
    """Return the message to one device, cut to the limit, its body first."""
    title, body = push.title, push.body
    data = _data(push)
    over = size_of(message := _message(push, device, (title, body), data)) - MAX_BYTES
    if over > 0:
        body = _cut(body, over)
        over = size_of(message := _message(push, device, (title, body), data)) - MAX_BYTES
    if over > 0:
        title = _cut(title, over)
        over = size_of(message := _message(push, device, (title, body), data)) - MAX_BYTES
    if over > 0:  # only the data that the app needs
        message = _message(push, device, (title, body), {"tag": data["tag"]})
    return message


def size_of(message: messaging.Message) -> int:
    """Return the size that counts for the limit, slightly overestimated: all but the token."""
    parts = json.loads(str(message))
    parts.pop("token")
    return len(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode())


def _message(
    push: Push, device: Device, words: tuple[str, str], data: Mapping[str, str]
) -> messaging.Message:
    """Return a message that replaces an earlier one with its tag: a repetition isn't seen.

    No ``collapse_key``: FCM keeps four keys for a device that is off, and drops the others'
    messages, although they are different messages.
    """
    title, body = words
    tag = push.tag.encode()[:_LONGEST_TAG].decode("utf-8", "ignore")
    ttl = push.ttl_seconds
    platform = device.platform.upper()
    message = messaging.Message(
        notification=messaging.Notification(title=title, body=body),
        data=dict(data),
        android=messaging.AndroidConfig(
            priority="high",  # it is shown at once, or it would be no push
            ttl=None if ttl is None else timedelta(seconds=ttl),
            notification=messaging.AndroidNotification(tag=tag),
        )
        if platform not in {"IOS", "WEB"}
        else None,
        apns=messaging.APNSConfig(
            headers=_apns_headers(tag, ttl),
            payload=messaging.APNSPayload(messaging.Aps(thread_id=data.get("key"))),
        )
        if platform == "IOS"
        else None,
        webpush=messaging.WebpushConfig(
            headers={} if ttl is None else {"TTL": str(ttl)},
            notification=messaging.WebpushNotification(tag=tag),
            fcm_options=messaging.WebpushFCMOptions(link=push.url)
            if push.url.startswith("https://")  # it takes no other
            else None,
        )
        if platform == "WEB"
        else None,
    )
    # Not as an argument, which the library warns of since it knows installation ids; the apps
    # send registration tokens.
    message.token = device.token
    return message


def _apns_headers(tag: str, ttl: int | None) -> dict[str, str]:
    headers = {"apns-collapse-id": tag, "apns-priority": "10"}
    if ttl is not None:
        headers["apns-expiration"] = str(int(time.time()) + ttl)
    return headers


def _data(push: Push) -> dict[str, str]:
    """Return the data, without names that FCM reserves."""
    named = {
        (f"x_{name}" if _is_reserved(name) else name): str(value)
        for name, value in push.data.items()
    }
    return named | {"url": push.url, "tag": push.tag}


def _is_reserved(name: str) -> bool:
    return name in _RESERVED or name.startswith(_RESERVED_STARTS)


def _cut(text: str, over: int) -> str:
    """Cut so many bytes (of JSON) from the end of a text, and put dots in their place."""
    room = len(json.dumps(text, ensure_ascii=False).encode()) - 2 - over - len(_DOTS.encode())
    shortened, used = [], 0
    for letter in text:
        used += len(json.dumps(letter, ensure_ascii=False).encode()) - 2
        if used > room:
            break
        shortened.append(letter)
    return "".join(shortened).rstrip() + _DOTS
