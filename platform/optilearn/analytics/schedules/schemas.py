"""Schemas of the schedules API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from optilearn.analytics.saved.schemas.reports import ConditionIn
from optilearn.analytics.schedules.recipients import MAX_RECIPIENTS
from optilearn.core.access.roles import Role
from optilearn.core.http.envelope import CamelSchema, JsonObject, example
from optilearn.core.http.instants import Day, LocalOrInstant
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible, VisibleCode

Format = Literal["csv", "xlsx", "pdf", "parquet", "json"]


class PersonRecipient(CamelSchema):
    """One person; `part` is the class that they get a file of, where it is split by class."""

    kind: Literal["PERSON"]
    id: int
    part: Annotated[Seen, StringConstraints(max_length=200)] = ""


class RoleRecipient(CamelSchema):
    """All people of a role, each with the rows that they may see."""

    kind: Literal["ROLE"]
    role: Role


class ClassRecipient(CamelSchema):
    """The students of a class, each with their own rows."""

    kind: Literal["CLASS"]
    class_id: Annotated[VisibleCode, StringConstraints(max_length=200)]


RecipientIn = Annotated[
    PersonRecipient | RoleRecipient | ClassRecipient, Field(discriminator="kind")
]


class Timing(CamelSchema):
    """The times of a schedule."""

    trigger: Literal["TIME", "SNAPSHOT"] = Field(
        "TIME", description="SNAPSHOT: whenever new data was published, every `minHours` at most."
    )
    rule: Annotated[Seen, StringConstraints(max_length=500)] = Field(
        "",
        description=(
            "An RFC 5545 rule; the time of the day is that of `startsAt`, on the school's clock."
            " The 31st of a shorter month is its last day."
        ),
        examples=["FREQ=WEEKLY;BYDAY=MO"],
    )
    starts_at: LocalOrInstant | None = Field(
        None,
        description="The school's local time from which it holds; null: now.",
        examples=["2026-11-30T08:00"],
    )
    ends_on: Day | None = None
    only_in_terms: bool = False
    skips_holidays: bool = False
    nth_in_term: Annotated[int, Field(ge=-50, le=50)] | None = Field(
        None, description="1: the first time in each term alone; -1: the last one."
    )
    min_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 24


_EXAMPLE: dict[str, Any] = {
    "name": "Grades by class",
    "savedItemId": 14,
    "timing": {
        "rule": "FREQ=WEEKLY;BYDAY=MO",
        "startsAt": "2026-11-30T08:00",
        "onlyInTerms": True,
    },
    "recipients": [{"kind": "ROLE", "role": "TEACHER"}],
    "formats": ["xlsx"],
}


class ScheduleIn(CamelSchema):
    """A schedule: the report, the times, the recipients and the form."""

    model_config = example(_EXAMPLE)

    name: Annotated[Visible, StringConstraints(max_length=200)]
    saved_item_id: int
    timing: Timing
    recipients: list[RecipientIn] = Field(min_length=1, max_length=MAX_RECIPIENTS)
    split: Literal["NONE", "COURSE", "CLASS"] = Field(
        "NONE",
        description=(
            "COURSE: each teacher gets a file of each of their courses. CLASS: each person gets a"
            " file of the class named as their `part`."
        ),
    )
    formats: list[Format] = Field(min_length=1, max_length=3)
    attaches: bool = Field(
        default=True, description="Files of up to 8 MB go with the e-mail; others are links."
    )
    subject: Annotated[Seen, StringConstraints(max_length=500)] = Field(
        "", description="A template of the e-mail's subject; empty: the usual one."
    )
    note: Annotated[Seen, StringConstraints(max_length=5000)] = Field(
        "", description="A template of a text for the e-mail: `{{ reportName }}`, `{{ rows }}` …"
    )
    filters: Annotated[list[ConditionIn], Field(max_length=20)] | JsonObject = Field(
        default_factory=list,
        description=(
            "Of a report further conditions, on fields that its author opened to readers; of a"
            " dashboard values of its filters, by their keys."
        ),
    )
    on_empty: Literal["SEND", "NO_FILE", "SKIP"] = "SEND"
    on_stale: Literal["WAIT", "BANNER", "SKIP"] = Field(
        "BANNER", description="What to do when no fresh data could be published in time."
    )
    stale_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 6
    wait_hours: Annotated[int, Field(ge=1, le=72)] = 6

    def to_values(self) -> dict[str, Any]:
        """The schedule by the names of its columns; filters as the report language has them."""
        filters: Any = self.filters
        if isinstance(filters, list):
            filters = [one.model_dump(exclude_unset=True) for one in filters]
        return self.model_dump() | {"filters": filters}


class ScheduleChange(ScheduleIn):
    """The whole schedule again, changed from one of its versions."""

    model_config = example(_EXAMPLE | {"version": 3})

    version: int = Field(description="The version that was changed; 409 if there is a newer one.")


class RuleWords(CamelSchema):
    """The times in words."""

    en: str
    hi: str


class PersonName(CamelSchema):
    """A person."""

    id: int
    name: str


class ItemOut(CamelSchema):
    """The report or dashboard that it sends."""

    id: int
    name: str
    kind: str


class ScheduleOut(CamelSchema):
    """A schedule."""

    id: int
    name: str
    item: ItemOut
    owner: PersonName | None
    timing: Timing
    words: RuleWords
    recipients: list[RecipientIn]
    split: str
    formats: list[str]
    attaches: bool
    subject: str
    note: str
    filters: list[dict[str, Any]] | dict[str, Any]
    on_empty: str
    on_stale: str
    stale_hours: int
    wait_hours: int
    status: Literal["ACTIVE", "PAUSED", "ENDED"]
    pause_reason: str
    next_at: datetime | None
    next_runs: list[datetime] = Field(description="The next ten.")
    last_run_at: datetime | None
    version: int


class ScheduleRow(CamelSchema):
    """A schedule in a list."""

    id: int
    name: str
    item: ItemOut
    owner: PersonName | None
    formats: list[str]
    status: str
    pause_reason: str
    next_at: datetime | None
    last_run_at: datetime | None


class SchedulesQuery(PageQuery):
    """The part of the schedules that is asked for."""

    status: Literal["ACTIVE", "PAUSED", "ENDED"] | None = None
    saved_item_id: int | None = None
    mine: bool = False


class ScheduleSearch(SchedulesQuery):
    """The same, also by words of the names of the schedule and of what it sends."""

    q: str | None = Field(None, max_length=200)


class SchedulePreview(CamelSchema):
    """The plan of a schedule: its times, recipients and cost."""

    words: RuleWords
    next_runs: list[datetime]
    recipients: int
    files: int = Field(
        description="Files that would be sent; none for nobody's rows unless `onEmpty` is SEND."
    )
    scopes: int = Field(description="Distinct sets of rows; each is computed once.")
    queries: int
    empty: int = Field(description="Recipients who would get no row on the newest data.")
    not_found: list[str] = Field(description="Recipients that nobody active stands behind.")


class OccurrenceOut(CamelSchema):
    """One run of a schedule."""

    id: int
    kind: Literal["SCHEDULED", "NOW", "TEST", "AGAIN"]
    status: str
    reason: str
    problem: str
    due_at: datetime
    missed: int = Field(description="Earlier times that nobody was there for.")
    snapshot_id: str
    is_stale: bool
    counts: dict[str, int]
    started_at: datetime | None
    finished_at: datetime | None


class DeliveredFile(CamelSchema):
    """A file of an occurrence; `url` is null once it was removed."""

    format: str
    name: str
    rows: int
    size: int
    sha256: str
    url: str | None


class ReportDelivery(CamelSchema):
    """An occurrence's outcome for one recipient."""

    id: int
    occurrence_id: int
    person: PersonName
    part: str
    status: Literal["PLANNED", "SENT", "SKIPPED", "FAILED"]
    reason: str
    rows: int | None
    sent_at: datetime | None
    opened_at: datetime | None
    files: list[DeliveredFile]


class ReceivedOut(CamelSchema):
    """A report that was sent to the caller."""

    id: int
    name: str
    part: str
    rows: int | None
    sent_at: datetime
    opened_at: datetime | None
    snapshot_id: str
    files: list[DeliveredFile]


class OccurrenceStarted(CamelSchema):
    """The run was planned; it begins within a minute."""

    occurrence_id: int
