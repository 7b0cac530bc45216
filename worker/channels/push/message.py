"""A push as a provider gets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Device:
    """One device of a person; ``id`` is ours."""

    id: int
    token: str
    platform: str
    """ANDROID, IOS or WEB."""


@dataclass(frozen=True)
class Push:
    """One message to the devices of one person."""

    tag: str
    """Tag of the push: a repetition with the same tag replaces the first on the device."""
    title: str
    body: str
    url: str
    devices: Sequence[Device]
    data: Mapping[str, str] = field(default_factory=dict)
    ttl_seconds: int | None = None
