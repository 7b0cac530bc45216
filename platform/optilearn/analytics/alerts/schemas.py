"""The requests and answers of alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.analytics.alerts.conditions import (
    MAX_HISTORY,
    MIN_HISTORY,
    Direction,
    Kind,
    Unit,
    rearms_inside,
)
from optilearn.analytics.alerts.findings import Outcome
from optilearn.analytics.alerts.questions import AlertForm
from optilearn.analytics.alerts.services import AlertSpec
from optilearn.analytics.saved.schemas.reports import ConditionIn
from optilearn.core.http.envelope import CamelSchema, JsonObject, Number, example
from optilearn.core.http.instants import Instant
from optilearn.core.text import Visible

Limit = Annotated[Number, Field(max_digits=20, decimal_places=6)]
Name = Annotated[Visible, StringConstraints(max_length=200)]
Period = Literal["previousPeriod", "previousYear", "previousTerm"]


class AlertCondition(CamelSchema):
    """From where on a row fires, and when it may fire again."""

    model_config = example({"kind": "THRESHOLD", "direction": "BELOW", "limit": 0.75, "rearm": 0.8})

    kind: Kind = Field(
        description=(
            "`THRESHOLD`: the value; `GOAL`: the value against the goal of the report's chart;"
            " `CHANGE`: against an earlier period of the calendar; `HISTORY`: the distance from the"
            " median of its last days, in median absolute deviations."
        )
    )
    direction: Direction = Field(description="`EITHER` is for changes and distances.")
    limit: Limit | None = Field(
        None, description="Beyond it a row fires. Left out of a `GOAL`, which the report states."
    )
    rearm: Limit | None = Field(
        None, description="A row may fire again when it is no longer beyond this; else the limit."
    )
    unit: Unit | None = Field(None, description="Of a `CHANGE`; `PERCENT` unless said.")
    to: Period | None = Field(None, description="Of a `CHANGE`; `previousPeriod` unless said.")
    snapshots: int | None = Field(
        None,
        ge=MIN_HISTORY,
        le=MAX_HISTORY,
        description="Of a `HISTORY`: how many earlier days; 14 unless said.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        is_relative = self.kind in {Kind.CHANGE, Kind.HISTORY}
        if (self.kind is Kind.GOAL) != (self.limit is None):
            raise ValueError(_("A limit is needed, but not of a goal, which the report states."))
        if self.direction is Direction.EITHER and not is_relative:
            raise ValueError(_("A value lies above or below its limit."))
        if is_relative and (self.limit or 0) < 0:
            raise ValueError(_("A distance has no sign: choose the direction instead."))
        if self.kind is not Kind.CHANGE and (self.unit or self.to):
            raise ValueError(_("Unit and period belong to a change."))
        if self.kind is not Kind.HISTORY and self.snapshots:
            raise ValueError(_("The number of snapshots belongs to a history."))
        if not self._rearms_inside():
            raise ValueError(_("A row can't fire again while it is beyond the limit."))
        return self

    def _rearms_inside(self) -> bool:
        """True for a goal, which is the report's: ``alerts.services`` compares it."""
        if self.rearm is None or self.limit is None:
            return True
        return rearms_inside(self.kind, self.direction, self.limit, self.rearm)

    def stored(self) -> dict[str, Any]:
        """The condition as it is stored: JSON without what wasn't said."""
        plain = self.model_dump(exclude_none=True, mode="json")
        if self.kind is Kind.HISTORY:
            plain["snapshots"] = self.snapshots or 14
        return plain


class AlertBase(CamelSchema):
    """A measure that has to be this large, for a row to count."""

    measure: Name
    minimum: Annotated[Number, Field(max_digits=16, decimal_places=4)]


class AlertIn(CamelSchema):
    """An alert on a saved report, or on a definition of its own."""

    model_config = example(
        {
            "name": "Late work",
            "definition": {
                "version": 1,
                "entity": "submissions",
                "mode": "categorical",
                "dimensions": ["course.code"],
                "measures": ["submissions.lateRate"],
            },
            "measure": "submissions.lateRate",
            "condition": {"kind": "THRESHOLD", "direction": "ABOVE", "limit": 0.3, "rearm": 0.25},
            "base": {"measure": "submissions.count", "minimum": 10},
        }
    )

    name: Name
    report_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    filters: list[ConditionIn] = Field(
        default_factory=list, max_length=20, description="On a saved report, as its readers may."
    )
    definition: JsonObject | None = None
    measure: Name = Field(description="The key of a measure of the report.")
    overall: bool = Field(
        default=False, description="Watch the total over all groups instead of each row."
    )
    condition: AlertCondition
    base: AlertBase | None = None
    once: bool = Field(default=False, description="The alert ends when it has fired.")
    expires_at: Instant | None = None

    @model_validator(mode="after")
    def _names_one_report(self) -> Self:
        if (self.report_id is None) == (self.definition is None):
            raise ValueError(_("Send either reportId or definition."))
        if self.definition is not None and self.filters:
            raise ValueError(_("A definition has its own filters."))
        return self

    def to_spec(self) -> AlertSpec:
        """Return what the services take."""
        base = self.base
        return AlertSpec(
            name=self.name,
            form=AlertForm(
                measure=self.measure,
                is_overall=self.overall,
                condition=self.condition.stored(),
                base_measure=base.measure if base else "",
                base_minimum=base.minimum if base else None,
            ),
            item_id=self.report_id,
            filters=tuple(one.model_dump(exclude_unset=True) for one in self.filters),
            definition=self.definition,
            is_once=self.once,
            expires_at=self.expires_at,
        )


class SnoozeIn(CamelSchema):
    """The end of an alert's silence."""

    model_config = example({"until": "2026-12-07T08:00:00Z"})

    until: Instant | None = Field(description="null wakes it at once.")


class MuteIn(CamelSchema):
    """A row that is not to fire, or is to again."""

    model_config = example({"rowKey": "0f6f2d8f3a100c9a4c1e5d0f4f389c59", "muted": True})

    row_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32}|overall)$")] = Field(
        description="The `key` of a row that fired."
    )
    muted: bool


class AlertOut(CamelSchema):
    """An alert and how it stands."""

    id: int
    name: str
    report_id: int | None
    filters: list[dict[str, Any]]
    definition: dict[str, Any] | None
    measure: str
    overall: bool
    condition: dict[str, Any]
    base: dict[str, Any] | None
    once: bool
    muted: list[str] = Field(description="Keys of rows that never fire.")
    snoozed_until: datetime | None
    expires_at: datetime | None
    firing: int = Field(description="The number of rows that are beyond the limit now.")
    last_outcome: Outcome | None
    last_snapshot_at: datetime | None
    created_at: datetime
    updated_at: datetime


class FiredRow(CamelSchema):
    """A row that fired, as texts to show; `label` is empty overall."""

    key: str
    label: str
    now: str
    before: str = Field(
        description="The period before, the usual, or the last snapshot; may be empty."
    )


class EvaluationOut(CamelSchema):
    """The outcome of an alert on a snapshot, and the reason in words."""

    snapshot_id: str
    taken_at: datetime
    outcome: Outcome
    reason: str
    counts: dict[str, int]
    limit: str
    rows: list[FiredRow] = Field(description="At most 50 of the rows that fired.")


class EvaluatedOut(EvaluationOut):
    """An evaluation in an alert's history."""

    evaluated_at: datetime
    problem: dict[str, Any] | None


class BacktestOut(CamelSchema):
    """The days on which an alert would have fired, the newest first."""

    days: list[EvaluationOut]
    is_complete: bool = Field(description="False: there was no time for the oldest days.")
