"""Results of statements (Data 2.4.5), durations (4.6), and where null may stand (2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

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
_MOST_SECONDS: Final = 86_400


class StatementError(ValueError):
    """Not a statement that we take; the message says why."""


def refuse_null(raw: Mapping[str, Any]) -> None:
    """Raises ``StatementError`` for a null anywhere but in extensions."""
    waiting: list[Any] = [raw]
    while waiting:
        value = waiting.pop()
        if value is None:
            raise StatementError("A property of a statement is never null.")
        if isinstance(value, dict):
            waiting += [inner for name, inner in value.items() if name != "extensions"]
        elif isinstance(value, list):
            waiting += value


def seconds_of(raw: Mapping[str, Any]) -> int | None:
    """The duration of a statement's result in whole seconds, at most a day.

    Raises ``StatementError`` for a result that is none.
    """
    result = raw.get("result", {})
    if not isinstance(result, dict):
        raise StatementError("A result is a JSON object.")
    for name in ("success", "completion"):
        if not isinstance(result.get(name, False), bool):
            raise StatementError(f"{name} is true or false.")
    if not isinstance(result.get("response", ""), str):
        raise StatementError("A response is a text.")
    _check_score(result.get("score", {}))
    return _seconds(result["duration"]) if "duration" in result else None


def _check_score(score: object) -> None:
    if not isinstance(score, dict):
        raise StatementError("A score is a JSON object.")
    unknown = set(score) - {"scaled", "raw", "min", "max"}
    if unknown:
        raise StatementError(f"A score has no property {min(unknown)!r}.")
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in score.values()):
        raise StatementError("The parts of a score are numbers.")
    if not -1 <= score.get("scaled", 0) <= 1:
        raise StatementError("A scaled score is between -1 and 1.")
    least, most = score.get("min"), score.get("max")
    if least is not None and most is not None and least >= most:
        raise StatementError("A score's min is less than its max.")
    raw = score.get("raw")
    if raw is not None and (
        (least is not None and raw < least) or (most is not None and raw > most)
    ):
        raise StatementError("A raw score is between min and max.")


def _seconds(text: object) -> int:
    match = (
        _DURATION.fullmatch(text) if isinstance(text, str) and 2 < len(text) <= _LONGEST else None
    )
    parts = [part for part in match.groups() if part] if match else []
    # ISO 8601: only the smallest part may have a fraction.
    if match is None or any(not part.isdigit() for part in parts[:-1]):
        raise StatementError("A duration is a text in ISO 8601, such as PT1M30S.")
    total = sum(
        float(part.replace(",", ".")) * seconds
        for part, seconds in zip(match.groups(), _SECONDS, strict=True)
        if part
    )
    return int(min(total, _MOST_SECONDS))


def compared_duration(text: str) -> str:
    """The duration as copies are compared: as text, what is below 0.01 s left out."""
    return _FRACTION.sub(
        lambda found: (
            f"{found[1]}.{found[2][:2]}".rstrip("0").rstrip(".") + "S"
            if found[2][:2].strip("0")
            else f"{found[1]}S"
        ),
        text,
    )
