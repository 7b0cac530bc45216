"""The outcome of an evaluation in words: did it fire, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from optilearn.analytics.alerts.conditions import MIN_HISTORY, Lack
from optilearn.analytics.alerts.findings import Outcome


def reason(outcome: str, counts: Mapping[str, int], problem: Mapping[str, Any]) -> str:
    """Return the reason of an outcome, with its numbers, in the reader's language."""
    if outcome in {Outcome.FIRED, Outcome.STILL_FIRING, Outcome.NOT_FIRED}:
        return _decided(outcome, counts)
    if outcome == Outcome.ERROR and problem.get("message"):
        return " ".join(filter(None, (problem["message"], problem.get("hint"))))
    return {
        Outcome.EMPTY: _("There was no row with a value."),
        Outcome.NOT_ENOUGH: " ".join(_lacking(counts)),
        Outcome.SNOOZED: _("The alert was snoozed."),
        Outcome.OWNER_GONE: _("Its owner is not active any more."),
        Outcome.REPORT_GONE: _("Its owner can't read the report any more."),
    }.get(Outcome(outcome), _("The report failed by a defect of ours."))


def _decided(outcome: str, counts: Mapping[str, int]) -> str:
    """The numbers of rows on each side of the limit; those that are 0 say nothing."""
    fired, firing = counts.get("fired", 0), counts.get("firing", 0)
    within = counts.get("rows", 0) if outcome == Outcome.NOT_FIRED else 0
    texts = {
        _("Rows that crossed the limit: %(n)d."): fired,
        _("Rows that were beyond it before: %(n)d."): firing - fired,
        _("None of the rows is beyond the limit: %(n)d."): within,
        _("Rows that are within it again: %(n)d."): counts.get("rearmed", 0),
    }
    found = [text % {"n": number} for text, number in texts.items() if number]
    return " ".join([*found, *_lacking(counts)])


def _lacking(counts: Mapping[str, int]) -> list[str]:
    """The rows that weren't compared, by the reason."""
    texts = {
        Lack.TOO_FEW: _("Below the minimum base: %(n)d."),
        Lack.NO_VALUE: _("Without a value: %(n)d."),
        Lack.HIDDEN: _("Hidden, as they are about few people: %(n)d."),
        Lack.NO_BASE: _("Without a value before, or with 0: %(n)d."),
        Lack.NO_HISTORY: _("With fewer than %(least)d earlier values: %(n)d."),
    }
    found = [
        text % {"n": counts[lack.value], "least": MIN_HISTORY}
        for lack, text in texts.items()
        if counts.get(lack.value)
    ]
    if muted := counts.get("muted"):
        found.append(_("Muted: %(n)d.") % {"n": muted})
    return found
