"""The validator's words in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext


def worded(report: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a report as it is stored (in English) with its messages translated."""
    return [problem | {"message": gettext(problem["message"])} for problem in report]
