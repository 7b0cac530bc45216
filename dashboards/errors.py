"""The errors of drawing a result."""

from __future__ import annotations

from dashboards.messages import Locale
from dashboards.refusals import Refusal
from reports.errors import ReportError


class ChartMismatch(ReportError):  # noqa: N818 - one family of names with the report's errors
    """The chart doesn't fit the result; the message says why, the hint what would.

    One of the user's errors: safe to show, word for word. ``values`` fill in the refusal's words.
    """

    def __init__(self, refusal: Refusal, **values: object) -> None:
        self.refusal, self.values = refusal, values
        message, hint = self.said("en")
        super().__init__(refusal.code, message, hint)

    def said(self, locale: Locale) -> tuple[str, str]:
        """The message and the hint in a language."""
        texts = (self.refusal.message, self.refusal.hint)
        message, hint = (text.in_(locale).format(**self.values) for text in texts)
        return message, hint
