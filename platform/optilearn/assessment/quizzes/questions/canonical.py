"""The meaning of a question, whatever its keys: two that mean the same have one fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from optilearn.assessment.quizzes.questions.content import (
    Content,
    FillBlankContent,
    McqContent,
    MultiSelectContent,
)

_PLACES: Final = Decimal("0.00001")


def option_shares(content: McqContent | MultiSelectContent) -> list[Decimal]:
    """The share of each option in percent, as marking has it, with five places.

    Where it is all or nothing, a wrong option takes everything.
    """
    if isinstance(content, McqContent):
        return [
            one.share if one.share is not None else Decimal(100 * one.is_right)
            for one in content.options
        ]
    each = (Decimal(100) / sum(one.is_right for one in content.options)).quantize(_PLACES)
    if not content.partial_credit:
        return [each if one.is_right else Decimal(-100) for one in content.options]
    return [
        one.share if one.share is not None else (each if one.is_right else -each)
        for one in content.options
    ]


def canonical(text: str, content: Content) -> tuple[str, Any]:
    """Text and content without the author's keys, shares explicit, numbers in one form."""
    found: Any = content.model_dump(exclude={"options": {"__all__": {"share"}}})
    if isinstance(content, McqContent | MultiSelectContent):
        for option, share in zip(found["options"], option_shares(content), strict=True):
            option["share"] = share
    if isinstance(content, FillBlankContent):
        whole = sum(Fraction(one.weight) for one in content.blanks)
        for number, blank in enumerate(content.blanks, 1):
            text = text.replace(f"[[{blank.key}]]", f"[[\x00{number}]]")
            found["blanks"][number - 1]["weight"] = str(Fraction(blank.weight) / whole)
    return text.replace("[[\x00", "[["), _plain(found)


def fingerprint_of(text: str, content: Content, feedback: str) -> str:
    """Return the SHA-256 of a question's meaning, in hexadecimal."""
    meant = json.dumps([*canonical(text, content), feedback], sort_keys=True)
    return hashlib.sha256(meant.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items() if name != "key"}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    return value
