"""The form of an alert: what somebody typed, what it means, and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import QueryDict

from optilearn.analytics.alerts.watched import Watched
from optilearn.core.jsontext import read_json
from optilearn.web.alerts.days import end_of_day

Row = dict[str, Any]
_HUNDRED: Final = Decimal(100)
_DECIMALS: Final = Decimal("0.000001")


@dataclass(frozen=True)
class Draft:
    """An alert as the form has it: everything that was typed, be it right or not.

    Numbers are as they were typed: of a share in percent.
    """

    report_id: str = ""
    definition: str = ""
    filters: str = ""
    name: str = ""
    measure: str = ""
    overall: bool = False
    condition: str = "THRESHOLD-ABOVE"
    limit: str = ""
    rearm: str = ""
    unit: str = "PERCENT"
    to: str = "previousPeriod"
    snapshots: str = "14"
    base_measure: str = ""
    base_minimum: str = ""
    once: bool = False
    expires: str = ""

    @property
    def kind(self) -> str:
        """The thing that the measure is compared with."""
        return self.condition.partition("-")[0]

    @property
    def direction(self) -> str:
        """The side on which a value fires."""
        return self.condition.partition("-")[2]

    def data(self, watched: Watched) -> Row:
        """Return the alert as the API has it, to be checked by its schema."""
        is_percent = watched.measure(self.measure).is_percent and self.kind == "THRESHOLD"
        condition: Row = {"kind": self.kind, "direction": self.direction}
        if self.kind != "GOAL":
            condition["limit"] = _typed(self.limit, is_percent=is_percent)
        if self.rearm:
            scaled = watched.measure(self.measure).is_percent and self.kind in {"THRESHOLD", "GOAL"}
            condition["rearm"] = _typed(self.rearm, is_percent=scaled)
        if self.kind == "CHANGE":
            condition |= {"unit": self.unit, "to": self.to}
        if self.kind == "HISTORY":
            condition["snapshots"] = self.snapshots or 14
        return {
            "name": self.name,
            **self._source(),
            "measure": self.measure,
            "overall": self.overall,
            "condition": condition,
            "base": self._base(watched),
            "once": self.once,
            "expiresAt": end_of_day(self.expires),
        }

    def _source(self) -> Row:
        if self.definition:
            return {"definition": _json(self.definition, {})}
        return {"reportId": self.report_id or None, "filters": _json(self.filters, [])}

    def _base(self, watched: Watched) -> Row | None:
        if not (self.base_measure and self.base_minimum):
            return None
        is_percent = watched.measure(self.base_measure).is_percent
        minimum = _typed(self.base_minimum, is_percent=is_percent)
        return {"measure": self.base_measure, "minimum": minimum}


def draft_of(post: QueryDict) -> Draft:
    """Read what the form sent."""

    def text(name: str, default: str = "") -> str:
        return (post.get(name) or default).replace("\x00", "")

    return Draft(
        report_id=text("report"), definition=text("definition"), filters=text("filters"),
        name=text("name")[:200], measure=text("measure"), overall=text("overall") == "yes",
        condition=text("condition", "THRESHOLD-ABOVE"), limit=text("limit").strip(),
        rearm=text("rearm").strip(), unit=text("unit", "PERCENT"),
        to=text("to", "previousPeriod"), snapshots=text("snapshots"),
        base_measure=text("base_measure"), base_minimum=text("base_minimum").strip(),
        once="once" in post, expires=text("expires"),
    )  # fmt: skip


def draft_of_stored(alert: Mapping[str, Any], watched: Watched, expires: str) -> Draft:
    """Return the form of an alert that is stored. ``expires`` is its last day."""
    condition = alert["condition"]
    base = alert["base"] or {}
    is_percent = watched.measure(alert["measure"]).is_percent
    scaled = is_percent and condition["kind"] in {"THRESHOLD", "GOAL"}
    of_base = watched.measure(base.get("measure", "")).is_percent
    definition = alert["definition"]
    return Draft(
        report_id=str(alert["reportId"] or ""),
        definition=json.dumps(definition, ensure_ascii=False) if definition else "",
        filters=json.dumps(alert["filters"], ensure_ascii=False) if alert["filters"] else "",
        name=alert["name"], measure=alert["measure"], overall=alert["overall"],
        condition=f"{condition['kind']}-{condition['direction']}",
        limit=_text(condition.get("limit"), is_percent=scaled),
        rearm=_text(condition.get("rearm"), is_percent=scaled),
        unit=condition.get("unit") or "PERCENT", to=condition.get("to") or "previousPeriod",
        snapshots=str(condition.get("snapshots") or 14), base_measure=base.get("measure", ""),
        base_minimum=_text(base.get("minimum"), is_percent=of_base), once=alert["once"],
        expires=expires,
    )  # fmt: skip


FIELDS: Final[Mapping[str, str]] = {
    "/name": "name",
    "/reportId": "report",
    "/definition": "report",
    "/filters": "report",
    "/measure": "measure",
    "/condition": "condition",
    "/condition/limit": "limit",
    "/condition/rearm": "rearm",
    "/condition/snapshots": "snapshots",
    "/base": "base_minimum",
    "/expiresAt": "expires",
}
"""The field of the form that a place in the API's body is shown at."""


def field_of(path: str) -> str:
    """Return the field at which a problem is shown; empty for none."""
    found = [place for place in FIELDS if path == place or path.startswith(place + "/")]
    return FIELDS[max(found, key=len)] if found else ""


def _typed(text: str, *, is_percent: bool) -> Any:
    """A number as somebody typed it, a share as a fraction; None for nothing."""
    plain = text.replace(",", "").replace("%", "").strip()
    if not plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return text
    return value / _HUNDRED if is_percent and value.is_finite() else value


def _text(value: Any, *, is_percent: bool) -> str:
    if value is None:
        return ""
    # Six decimals are what a limit has; of a float that was stored the rest is noise.
    exact = Decimal(str(value)).quantize(_DECIMALS)
    return f"{(exact * _HUNDRED if is_percent else exact).normalize():f}"


def _json(text: str, default: Any) -> Any:
    try:
        return read_json(text.encode()) if text else default
    except ValueError:
        return default
