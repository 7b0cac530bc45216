"""Words for alerts: the condition as a sentence, states, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from optilearn.core.clock import now
from optilearn.web.formatting import number, percent

Row = dict[str, Any]

OUTCOMES: Final[Mapping[str, tuple[Promise, str]]] = {
    "FIRED": (gettext_lazy("Fired"), "bad"),
    "STILL_FIRING": (gettext_lazy("Still beyond"), "warn"),
    "NOT_FIRED": (gettext_lazy("Within"), "good"),
    "EMPTY": (gettext_lazy("No values"), "neutral"),
    "NOT_ENOUGH": (gettext_lazy("Not comparable"), "neutral"),
    "SNOOZED": (gettext_lazy("Snoozed"), "neutral"),
    "OWNER_GONE": (gettext_lazy("Owner left"), "warn"),
    "REPORT_GONE": (gettext_lazy("Report gone"), "warn"),
    "ERROR": (gettext_lazy("Failed"), "bad"),
}
"""The name of each outcome, and the badge that it is shown in."""
PERIODS: Final[Mapping[str, Promise]] = {
    "previousPeriod": gettext_lazy("the period before"),
    "previousYear": gettext_lazy("the year before"),
    "previousTerm": gettext_lazy("the term before"),
}


def outcome(code: str | None) -> Row | None:
    """Return the text and the kind of an outcome's badge; None before the first."""
    if code is None:
        return None
    text, kind = OUTCOMES.get(code, (code, "neutral"))
    return {"text": str(text), "kind": kind}


def state(alert: Mapping[str, Any]) -> Row:
    """Return the badge of an alert: off, snoozed, beyond its limit, or watching."""
    moment = now()
    if _is_over(alert["expiresAt"], moment):
        return {"text": _("Ended"), "kind": "neutral"}
    snoozed = alert["snoozedUntil"]
    if snoozed is not None and snoozed > moment:
        return {"text": _("Snoozed"), "kind": "neutral"}
    if alert["firing"]:
        return {"text": _("Beyond the limit"), "kind": "bad"}
    if alert["lastOutcome"] in {"ERROR", "REPORT_GONE", "OWNER_GONE"}:
        return outcome(alert["lastOutcome"]) or {}
    return {"text": _("Watching"), "kind": "good"}


def _is_over(expires: datetime | None, moment: datetime) -> bool:
    return expires is not None and expires <= moment


def sentence(alert: Mapping[str, Any], measure: str, *, is_percent: bool) -> str:
    """Return the condition in words: ``Late rate of each row rises above 30 %``."""
    condition = alert["condition"]
    words = {"measure": measure, "what": compared(condition, is_percent=is_percent)}
    if alert["overall"]:
        return _("%(measure)s in total %(what)s") % words
    return _("%(measure)s of a row %(what)s") % words


def compared(condition: Mapping[str, Any], *, is_percent: bool) -> str:
    """Return the condition without its subject: ``is above 30 %``."""
    kind, direction = condition["kind"], condition["direction"]
    if kind == "GOAL":
        texts = {"ABOVE": _("is above the report's goal"), "BELOW": _("is below the report's goal")}
        return texts.get(direction, "")
    if kind == "THRESHOLD":
        limit = shown_limit(condition["limit"], is_percent=is_percent)
        text = _("is above %(limit)s") if direction == "ABOVE" else _("is below %(limit)s")
        return text % {"limit": limit}
    words = {"limit": number(condition["limit"]), "to": "", "days": condition.get("snapshots", 14)}
    if kind == "CHANGE":
        is_amount = condition.get("unit") == "AMOUNT"
        words["limit"] += "" if is_amount else "\u00a0%"
        words["to"] = PERIODS[condition.get("to") or "previousPeriod"]
        return str(_CHANGES[direction]) % words
    return str(_HISTORIES[direction]) % words


_CHANGES: Final[Mapping[str, Promise]] = {
    "ABOVE": gettext_lazy("rose by more than %(limit)s against %(to)s"),
    "BELOW": gettext_lazy("fell by more than %(limit)s against %(to)s"),
    "EITHER": gettext_lazy("moved by more than %(limit)s against %(to)s"),
}
_HISTORIES: Final[Mapping[str, Promise]] = {
    "ABOVE": gettext_lazy("is unusually high (%(limit)s deviations above its last %(days)s days)"),
    "BELOW": gettext_lazy("is unusually low (%(limit)s deviations below its last %(days)s days)"),
    "EITHER": gettext_lazy("is unusual (%(limit)s deviations from its last %(days)s days)"),
}


def shown_limit(value: Decimal | float | None, *, is_percent: bool) -> str:
    """Return a limit in the measure's own unit."""
    if value is None:
        return ""
    return percent(value) if is_percent else number(value)
