"""Schemas of rubrics."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, model_validator

from optilearn.assessment.rubrics.content import RubricCriterion
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, Number, example
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Visible

Title = Annotated[Visible, StringConstraints(max_length=300)]
Criteria = Annotated[list[RubricCriterion], Field(min_length=1, max_length=50)]

_ESSAY: Final[dict[str, Any]] = {
    "key": "sources",
    "title": "Sources",
    "levels": [
        {"key": "good", "title": "Two or more", "points": 4},
        {"key": "none", "title": "None", "points": 0},
    ],
}


def _check_keys(criteria: list[RubricCriterion] | None) -> None:
    if criteria and len({one.key for one in criteria}) < len(criteria):
        raise ValueError(_("Each key can be used once."))


class RubricIn(CamelSchema):
    """A new rubric."""

    model_config = example({"title": "Essays", "criteria": [_ESSAY]})

    title: Title
    criteria: Criteria

    @model_validator(mode="after")
    def _has_each_criterion_once(self) -> Self:
        _check_keys(self.criteria)
        return self


class RubricChange(ChangeSchema):
    """A rubric's fields; only what is sent is changed. Other criteria are a new version."""

    model_config = example({"version": 1, "title": "Long essays"})

    version: int = Field(
        ABSENT, ge=1, description="Of the rubric that was read: 409 if it has changed since."
    )
    title: Title = ABSENT
    criteria: Criteria = ABSENT
    is_archived: bool = ABSENT

    @model_validator(mode="after")
    def _has_each_criterion_once(self) -> Self:
        _check_keys(self.criteria)
        return self


class RubricCopyIn(CamelSchema):
    """The course that gets a copy of a rubric, and the copy's title."""

    model_config = example({"courseId": 2})

    course_id: Key
    title: Title | None = Field(None, description="Null: as it is.")


class RubricsQuery(PageQuery):
    """The part of a course's rubrics that is asked for."""

    archived: bool = False


class RubricRow(CamelSchema):
    """A rubric in a list."""

    id: int
    title: str
    version: int
    is_archived: bool


class RubricLevelOut(CamelSchema):
    """A level of a criterion."""

    key: str
    title: str
    description: str
    points: Number


class RubricCriterionOut(CamelSchema):
    """One of the things that work is judged by."""

    key: str
    title: str
    description: str
    is_range: bool
    counts: bool
    levels: list[RubricLevelOut]


class RubricRatingOut(CamelSchema):
    """The rating of one criterion."""

    criterion: str
    level: str | None
    points: Number | None
    comment: str


class RubricOut(CamelSchema):
    """A rubric with the criteria of its newest version."""

    id: int
    course_id: int
    title: str
    version: int
    possible: Number = Field(description="The sum of the criteria's best levels.")
    criteria: list[RubricCriterionOut]
    is_archived: bool
    assignment_ids: list[int]
    marks_of_earlier_versions: int = Field(description="They stay as they were.")


class RubricDeleted(CamelSchema):
    """A rubric that marks have is archived, not gone."""

    is_gone: bool
