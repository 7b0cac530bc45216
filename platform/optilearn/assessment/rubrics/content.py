"""The criteria of rubrics, and what ratings by them add up to. Rules: docs/grading.md#rubrics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Self

from django.utils.translation import gettext as _
from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from optilearn.core.http.envelope import CamelSchema, example
from optilearn.core.text import Seen, Visible

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
LevelPoints = Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=2)]


class RubricLevel(CamelSchema):
    """A level of a criterion. What is left out has its default."""

    model_config = example({"key": "good", "title": "Good", "points": 4})

    key: Key
    title: Annotated[Visible, StringConstraints(max_length=200)]
    description: Annotated[Seen, StringConstraints(max_length=5_000)] = ""
    points: LevelPoints


class RubricCriterion(CamelSchema):
    """One of the things that work is judged by. What is left out has its default."""

    model_config = example(
        {
            "key": "sources",
            "title": "Sources",
            "levels": [
                {"key": "good", "title": "Two or more", "points": 4},
                {"key": "none", "title": "None", "points": 0},
            ],
        }
    )

    key: Key
    title: Annotated[Visible, StringConstraints(max_length=300)]
    description: Annotated[Seen, StringConstraints(max_length=5_000)] = ""
    is_range: bool = Field(
        default=False,
        description="A level spans from the next lower one's points (not included) to its own.",
    )
    counts: bool = Field(default=True, description="False: rated, but without points.")
    levels: Annotated[list[RubricLevel], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _has_each_level_once(self) -> Self:
        if len({one.key for one in self.levels}) < len(self.levels):
            raise ValueError(_("Each key can be used once."))
        if self.is_range and len({one.points for one in self.levels}) < len(self.levels):
            raise ValueError(_("Levels of a range need different points."))
        return self

    @property
    def possible(self) -> Decimal:
        """The points of its best level; 0 if it doesn't count."""
        return max(one.points for one in self.levels) if self.counts else Decimal(0)

    def spans(self, level: RubricLevel, points: Decimal) -> bool:
        """Return True if so many points are of this level."""
        if not self.is_range:
            return points == level.points
        lower = max((one.points for one in self.levels if one.points < level.points), default=None)
        floor = Decimal(0) if lower is None else lower
        is_above = points >= floor if lower is None else points > floor
        return is_above and points <= level.points


class RubricRating(CamelSchema):
    """The rating of one criterion. What is left out has its default."""

    model_config = example({"criterion": "sources", "level": "good"})

    criterion: Key
    level: Key | None = None
    points: LevelPoints | None = Field(None, description="Within the level, of a range.")
    comment: Annotated[Seen, StringConstraints(max_length=5_000)] = ""


_criteria: TypeAdapter[list[RubricCriterion]] = TypeAdapter(list[RubricCriterion])
_ratings: TypeAdapter[list[RubricRating]] = TypeAdapter(list[RubricRating])


def criteria_of(stored: object) -> list[RubricCriterion]:
    """Return a version's criteria, as they are stored."""
    return _criteria.validate_python(stored)


def shown(models: Iterable[RubricCriterion | RubricRating]) -> list[dict[str, Any]]:
    """Return criteria or ratings for an answer, with exact numbers."""
    return [one.model_dump(by_alias=True) for one in models]


def ratings_of(stored: object) -> list[RubricRating]:
    """Return a mark's ratings, as they are stored."""
    return _ratings.validate_python(stored)


def possible_of(criteria: Iterable[RubricCriterion]) -> Decimal:
    """The points that a rubric can give: the sum of its criteria's best levels."""
    return sum((one.possible for one in criteria), Decimal(0))


class RatingError(ValueError):
    """A rating that doesn't fit its rubric; ``index`` is its place in the list."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def rated(criteria: Sequence[RubricCriterion], ratings: Sequence[RubricRating]) -> Decimal | None:
    """Return the sum of ratings; None while a criterion that counts has no points.

    A level without points stands for its own. Raises :class:`RatingError` for an unknown or
    repeated criterion, an unknown level, points that no level of the criterion spans.
    """
    known = {one.key: one for one in criteria}
    given: dict[str, Decimal | None] = {}
    for index, rating in enumerate(ratings):
        criterion = known.get(rating.criterion)
        if criterion is None or rating.criterion in given:
            raise RatingError(index, _("Rate each criterion of the rubric once."))
        given[rating.criterion] = _points(criterion, rating, index)
    if any(given.get(one.key) is None for one in criteria if one.counts):
        return None
    return sum((given[one.key] or Decimal(0) for one in criteria if one.counts), Decimal(0))


def _points(criterion: RubricCriterion, rating: RubricRating, index: int) -> Decimal | None:
    levels = {one.key: one for one in criterion.levels}
    if rating.level is not None and rating.level not in levels:
        raise RatingError(index, _("The criterion has no such level."))
    if rating.points is None:
        return None if rating.level is None else levels[rating.level].points
    chosen = criterion.levels if rating.level is None else [levels[rating.level]]
    if not any(criterion.spans(one, rating.points) for one in chosen):
        raise RatingError(index, _("No level of the criterion has these points."))
    return rating.points
