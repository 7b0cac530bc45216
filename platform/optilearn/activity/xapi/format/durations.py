"""Durations as statements write them (Data 4.6: ISO 8601)."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

_LONGEST: Final = 100
_NUMBER: Final = r"(\d+(?:[.,]\d+)?)"
_DURATION: Final = re.compile(
    rf"P(?:{_NUMBER}W|(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)",
    re.ASCII,
)
_SECONDS: Final = (604_800, 31_536_000, 2_592_000, 86_400, 3_600, 60, 1)
"""Of weeks, years (365 days), months (30), days, hours, minutes, seconds."""
_FRACTION: Final = re.compile(r"(\d+)[.,](\d+)S")
_MAX_SECONDS: Final = 86_400


def seconds_of(text: str) -> int:
    """Return a duration in whole seconds, at most a day. Raises ``ValueError``."""
    match = _DURATION.fullmatch(text) if 2 < len(text) <= _LONGEST else None
    parts = [part for part in match.groups() if part] if match else []
    # ISO 8601: only the smallest part may have a fraction.
    if match is None or any(not part.isdigit() for part in parts[:-1]):
        raise ValueError(_("A duration is a text in ISO 8601, such as PT1M30S."))
    total = sum(
        float(part.replace(",", ".")) * seconds
        for part, seconds in zip(match.groups(), _SECONDS, strict=True)
        if part
    )
    return int(min(total, _MAX_SECONDS))


def compared_duration(text: str) -> str:
    """Return the duration as copies are compared: as text, what is below 0.01 s left out."""
    return _FRACTION.sub(
        lambda found: (
            f"{found[1]}.{found[2][:2]}".rstrip("0").rstrip(".") + "S"
            if found[2][:2].strip("0")
            else f"{found[1]}S"
        ),
        text,
    )
