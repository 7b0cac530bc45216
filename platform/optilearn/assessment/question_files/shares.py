"""Shares as other systems have them: explicit, and in Moodle of a list."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import Code, Problem, as_text

MOODLES: Final = tuple(
    Decimal(one)
    for one in [
        "1",
        "0.9",
        "0.8333333",
        "0.8",
        "0.75",
        "0.7",
        "0.6666667",
        "0.6",
        "0.5",
        "0.4",
        "0.3333333",
        "0.3",
        "0.25",
        "0.2",
        "0.1666667",
        "0.1428571",
        "0.125",
        "0.1111111",
        "0.1",
        "0.05",
        "0",
    ]
)
"""The parts of a point that Moodle takes, and their negatives."""
_NEAR: Final = Decimal("0.00001")


def listed(share: Decimal) -> Decimal | None:
    """The part of Moodle's list that a share in percent is; None if it is none of them."""
    part = abs(share) / 100
    near = next((one for one in MOODLES if abs(one - part) < _NEAR), None)
    return near if near is None or share >= 0 else -near


def unlisted(share: Decimal) -> list[Problem]:
    """The problem of a share that Moodle refuses, if it does."""
    if listed(share) is not None:
        return []
    message = _("Moodle refuses a share of %(share)s %%.") % {"share": as_text(share)}
    return [Problem(Code.SHARE_UNLISTED, message)]


def all_or_nothing() -> Problem:
    """The problem of a question that earns all or nothing, where parts earn a share."""
    return Problem(
        Code.ALL_OR_NOTHING, _("All or nothing can't be carried: a part earns its share.")
    )
