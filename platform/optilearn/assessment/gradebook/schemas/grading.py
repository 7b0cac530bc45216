"""Schemas of grading: policies, groups, grades, totals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, field_validator

from optilearn.assessment.gradebook.totals.letters import LetterScheme
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, Number, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery, StrictQuery
from optilearn.core.text import Seen, Visible

Text = Annotated[str, StringConstraints(strip_whitespace=True)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Weight = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=2)]
Points = Annotated[Decimal, Field(ge=0, le=Decimal("999999.99"), decimal_places=2)]
Drops = Annotated[int, Field(ge=0, le=100)]
LateInterval = Literal["HOUR", "DAY"]
ChangeCause = Literal[
    "MANUAL",
    "POLICY",
    "QUIZ",
    "PEERS",
    "IMPORT",
    "REGRADE",
    "ASSIGNMENT",
    "POSTED",
    "HIDDEN",
]


class GradeLetterIn(CamelSchema):
    """A letter and the least percent that earns it."""

    letter: Annotated[Visible, Field(max_length=20)]
    from_: Percent = Field(alias="from")


class GradingChange(ChangeSchema):
    """A course's rules of grading; only what is sent is changed."""

    model_config = example({"isWeighted": True, "latePercent": 10, "lateInterval": "DAY"})

    is_weighted: bool = Field(ABSENT, description="By the weights of groups, or all points.")
    late_percent: Percent = Field(ABSENT, description="Of the possible points, each interval.")
    late_interval: LateInterval = ABSENT
    late_lowest_percent: Percent = Field(ABSENT, description="Lateness takes no grade below it.")
    missing_percent: Percent | None = Field(ABSENT, description="Null: no mark.")
    letters: Annotated[list[GradeLetterIn], Field(max_length=40)] | None = Field(
        ABSENT, description="The best first, the last from 0; null: the standard scheme."
    )

    @field_validator("letters")
    @classmethod
    def _is_a_scheme(cls, letters: list[GradeLetterIn] | None) -> list[GradeLetterIn] | None:
        if letters is not None:
            try:
                LetterScheme(tuple((one.letter, one.from_) for one in letters))
            except ValueError:
                raise ValueError(
                    _("List each letter once, from the best to the last, which begins at 0.")
                ) from None
        return letters


class GradeGroupIn(CamelSchema):
    """A new group of assignments."""

    model_config = example({"name": "Homework", "weight": 40, "dropLowest": 1})

    name: Annotated[Visible, Field(max_length=200)]
    weight: Weight = Decimal(0)
    drop_lowest: Drops = 0
    drop_highest: Drops = 0


class GradeGroupChange(ChangeSchema):
    """A group's fields; only what is sent is changed."""

    model_config = example({"weight": 35})

    name: Annotated[Visible, Field(max_length=200)] = ABSENT
    weight: Weight = ABSENT
    drop_lowest: Drops = ABSENT
    drop_highest: Drops = ABSENT


class GradedItemChange(ChangeSchema):
    """The ways an assignment counts; only what is sent is changed."""

    model_config = example({"isExtraCredit": True})

    group_id: Key | None = ABSENT
    is_extra_credit: bool = ABSENT
    is_never_dropped: bool = ABSENT
    counts: bool = Field(ABSENT, description="False: graded, but no part of the total.")
    posts_manually: bool = Field(ABSENT, description="Students see grades when released.")


class GradeIn(CamelSchema):
    """A grade: points, a percent, a letter, or excused; nothing of these removes it."""

    model_config = example({"points": 8.5, "version": 0, "reason": "Second reading"})

    points: Points | None = None
    percent: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=2)] | None = None
    letter: Annotated[Seen, Field(max_length=20)] | None = None
    is_excused: bool = False
    late_seconds: Annotated[int, Field(ge=0, le=10**9)] | None = Field(
        None, description="Instead of the newest submission's lateness."
    )
    comment: Annotated[Seen, Field(max_length=10_000)] = ""
    reason: Annotated[Seen, Field(max_length=500)] = ""
    version: int = Field(ge=0, description="Of the grade that was read; 0 if there was none.")


class PostGradesIn(CamelSchema):
    """Release the grades of an assignment to students, or hide them again."""

    model_config = example({"isPosted": True})

    is_posted: bool
    enrollment_ids: Annotated[list[Key], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="Only these; null: all."
    )


class GradebookQuery(PageQuery):
    """The part of a gradebook that is asked for."""

    q: Text | None = Field(None, max_length=200, description="Parts of name or code.")
    term_id: Key | None = Field(None, description="A grading period: items due in that term.")


class TermQuery(StrictQuery):
    """A grading period."""

    term_id: Key | None = Field(None, description="A grading period: items due in that term.")


class GradeChangesQuery(PageQuery):
    """Filters of the changes of grades."""

    enrollment_id: Key | None = None
    assignment_id: Key | None = None


class GradeLetter(CamelSchema):
    """A letter and the least percent that earns it."""

    letter: str
    from_: Number = Field(alias="from")


class LateRule(CamelSchema):
    """The cost of late and missing work, in percent of the possible points."""

    percent: Number
    interval: LateInterval
    lowest_percent: Number
    missing_percent: Number | None


class GradeGroupOut(CamelSchema):
    """A group of assignments."""

    id: int
    name: str
    weight: Number
    drop_lowest: int
    drop_highest: int


class GradedItemOut(CamelSchema):
    """An assignment in a gradebook."""

    assignment_id: int
    title: str
    kind: str
    group_id: int | None
    possible: Number
    due_at: datetime | None
    is_extra_credit: bool
    is_never_dropped: bool
    counts: bool
    posts_manually: bool


class GradingOut(CamelSchema):
    """A course's rules of grading, its groups and items."""

    is_weighted: bool
    late: LateRule
    letters: list[GradeLetter]
    groups: list[GradeGroupOut]
    items: list[GradedItemOut]


class GradeMark(CamelSchema):
    """A student's mark for an assignment."""

    assignment_id: int
    points: Number | None
    raw_points: Number | None = Field(description="Before lateness was deducted.")
    deducted: Number
    is_excused: bool
    is_posted: bool
    is_missing: bool
    is_late: bool
    submitted_at: datetime | None
    graded_at: datetime | None
    comment: str
    version: int


class GradeTotal(CamelSchema):
    """A total; null where nothing counts."""

    percent: Number | None
    letter: str | None
    dropped: list[int] = Field(description="Assignments that a group's rules leave out.")


class GradedStudent(CamelSchema):
    """A student."""

    id: int
    code: str
    name: str


class GradebookRow(CamelSchema):
    """A student in a gradebook. `current` leaves ungraded work out, in `final` it counts as 0."""

    enrollment_id: int
    student: GradedStudent
    marks: list[GradeMark]
    current: GradeTotal
    final: GradeTotal


class GradeStep(CamelSchema):
    """A step of an explanation."""

    code: str
    text: str
    assignment_id: int | None
    group_id: int | None


class GradeExplanation(CamelSchema):
    """Both totals, step by step."""

    current: list[GradeStep]
    final: list[GradeStep]


class StudentGrades(GradebookRow):
    """A student's marks and totals, explained."""

    explanation: GradeExplanation


class OwnGrades(CamelSchema):
    """The caller's own grades in a course, as far as they were released."""

    course_id: int
    items: list[GradedItemOut]
    marks: list[GradeMark]
    current: GradeTotal
    final: GradeTotal
    explanation: GradeExplanation


class GradeAuthor(CamelSchema):
    """Somebody who changed a grade."""

    id: int
    name: str


class GradeState(CamelSchema):
    """A grade before or after a change; numbers are exact, as text."""

    raw_points: str | None
    deducted: str
    points: str | None
    is_excused: bool
    late_seconds: int | None
    is_posted: bool


class GradeChangeOut(CamelSchema):
    """A change of a grade. Without an author, a rule of the course did it."""

    id: int
    at: datetime
    author: GradeAuthor | None
    cause: ChangeCause
    assignment_id: int
    enrollment_id: int
    before: GradeState | None
    after: GradeState
    reason: str


class PostedGrades(CamelSchema):
    """The number of grades that were released or hidden."""

    changed: int
