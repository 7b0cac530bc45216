"""The errors of drawing a result."""

from __future__ import annotations

from reports.errors import ReportError


class ChartMismatch(ReportError):  # noqa: N818 - one family of names with the report's errors
    """The chart doesn't fit the result; the message says why, the hint what would.

    One of the user's errors: safe to show, word for word.
    """
