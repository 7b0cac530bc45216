"""A course's rules of grading, read whole in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.gradebook.totals.calculation import Gradebook, Group, Item, Rules
from optilearn.assessment.gradebook.totals.late import LatePolicy
from optilearn.assessment.gradebook.totals.letters import STANDARD, LetterScheme
from optilearn.assessment.models import GradingPolicy
from optilearn.assessment.quizzes.timing import Allowance, Window
from optilearn.core.sql import Row, compose, row
from optilearn.courses.rules import LESSONS
from optilearn.institutions.rules import TERMS

UNGROUPED: Final = 0
"""The group of assignments that have none; it has no weight."""

_INTERVALS: Final = {
    GradingPolicy.Interval.HOUR.value: timedelta(hours=1),
    GradingPolicy.Interval.DAY.value: timedelta(days=1),
}
_SETUP: Final = compose(
    """
    SELECT y.is_weighted, y.late_percent, y.late_interval, y.late_lowest_percent,
           y.missing_percent, y.letters,
           (SELECT jsonb_agg(jsonb_build_object(
                       'id', g.id, 'name', g.name, 'weight', g.weight::text,
                       'dropLowest', g.drop_lowest, 'dropHighest', g.drop_highest)
                   ORDER BY g.position, g.id)
              FROM assessment_gradegroup g WHERE g.course_id = %(course)s) AS groups,
           (SELECT jsonb_agg(jsonb_build_object(
                       'id', a.id, 'title', CASE WHEN q.id IS NULL THEN a.title ELSE l.title END,
                       'limit', q.time_limit_seconds, 'opensAt', q.opens_at, 'kind', a.kind,
                       'groupId', a.group_id,
                       'possible', a.max_score::text, 'dueAt', a.due_at,
                       'isExtraCredit', a.is_extra_credit, 'isNeverDropped', a.is_never_dropped,
                       'counts', a.counts AND a.archived_at IS NULL AND l.archived_at IS NULL,
                       'postsManually', a.posts_manually, 'isAnonymous', a.is_anonymous)
                   ORDER BY a.due_at NULLS LAST, a.id)
              FROM assessment_assignment a
              LEFT JOIN assessment_quiz q ON q.institution_id = a.institution_id
                   AND q.assignment_id = a.id
              LEFT JOIN <lessons> ON l.institution_id = a.institution_id AND l.id = a.lesson_id
             WHERE a.course_id = %(course)s
               AND (%(term)s::bigint IS NULL OR EXISTS (
                    SELECT FROM <terms> WHERE t.id = %(term)s
                       AND (a.due_at AT TIME ZONE %(zone)s)::date
                           BETWEEN t.starts_on AND t.ends_on))) AS items
      FROM (SELECT 1) AS one LEFT JOIN assessment_gradingpolicy y ON y.course_id = %(course)s
    """,
    terms=TERMS.aliased("t"),
    lessons=LESSONS.aliased("l"),
)


@dataclass(frozen=True)
class GradedItem:
    """An assignment in a gradebook."""

    id: int
    title: str
    kind: str
    group_id: int | None
    possible: Decimal
    due_at: datetime | None
    is_extra_credit: bool
    is_never_dropped: bool
    counts: bool
    """False also for what was archived, itself or its lesson."""
    posts_manually: bool
    is_anonymous: bool = False
    window: Window | None = None
    """Of a quiz: its time limit, opening and end."""

    def due_for(self, time_factor: Decimal, extended: str | None = None) -> datetime | None:
        """The moment at which the work of a student with that much time is due.

        ``extended`` is the latest of their extensions.
        """
        if self.window is None:
            later = moment(extended)
            return self.due_at if later is None or self.due_at is None else max(self.due_at, later)
        return self.window.closes_for(Allowance(time_factor))


@dataclass(frozen=True)
class NamedGroup:
    """A group as people know it."""

    id: int
    name: str
    weight: Decimal
    drop_lowest: int
    drop_highest: int


@dataclass(frozen=True)
class CourseSetup:
    """The rules, groups and items of a course; of a grading period, the items due in it."""

    is_weighted: bool
    late: LatePolicy
    late_interval: str
    letters: LetterScheme
    groups: tuple[NamedGroup, ...]
    items: tuple[GradedItem, ...]
    gradebook: Gradebook = field(repr=False)


def course_setup(course_id: int, *, term_id: int | None = None, zone: str = "UTC") -> CourseSetup:
    """Return how a course is graded. One query.

    ``term_id`` leaves the items whose due date lies in that term, by the days of ``zone``.
    """
    given = {"course": course_id, "term": term_id, "zone": zone}
    found = row(_SETUP, given) or {}
    groups = tuple(map(_group, found["groups"] or ()))
    items = tuple(map(_item, found["items"] or ()))
    letters = letters_of(found["letters"])
    is_weighted = bool(found["is_weighted"])
    return CourseSetup(
        is_weighted=is_weighted,
        late=_late(found),
        late_interval=found["late_interval"] or GradingPolicy.Interval.DAY.value,
        letters=letters,
        groups=groups,
        items=items,
        gradebook=_gradebook(groups, items, letters, is_weighted=is_weighted),
    )


def letters_of(stored: list[list[str]] | None) -> LetterScheme:
    """Return the scheme that a policy stores; the standard one for none."""
    if stored is None:
        return STANDARD
    return LetterScheme(tuple((letter, Decimal(least)) for letter, least in stored))


def _late(found: Row) -> LatePolicy:
    if found["late_interval"] is None:
        return LatePolicy()
    return LatePolicy(
        percent=found["late_percent"],
        interval=_INTERVALS[found["late_interval"]],
        lowest_percent=found["late_lowest_percent"],
        missing_percent=found["missing_percent"],
    )


def policy_of(course_id: int) -> GradingPolicy:
    """Return a course's policy, the defaults if it has none. One query."""
    found = GradingPolicy.objects.filter(course_id=course_id).first()
    return found or GradingPolicy(course_id=course_id)


def late_policy(policy: GradingPolicy) -> LatePolicy:
    """Return the rule for late and missing work of a course's policy."""
    names = ("late_interval", "late_percent", "late_lowest_percent", "missing_percent")
    return _late({name: getattr(policy, name) for name in names})


def _group(found: dict[str, Any]) -> NamedGroup:
    return NamedGroup(
        found["id"],
        found["name"],
        Decimal(found["weight"]),
        found["dropLowest"],
        found["dropHighest"],
    )


def _item(found: dict[str, Any]) -> GradedItem:
    return GradedItem(
        id=found["id"],
        title=found["title"],
        kind=found["kind"],
        group_id=found["groupId"],
        possible=Decimal(found["possible"]),
        due_at=moment(found["dueAt"]),
        is_extra_credit=found["isExtraCredit"],
        is_never_dropped=found["isNeverDropped"],
        counts=found["counts"],
        posts_manually=found["postsManually"],
        is_anonymous=found["isAnonymous"],
        window=None
        if found["limit"] is None
        else Window(found["limit"], moment(found["opensAt"]), moment(found["dueAt"])),
    )


def moment(text: str | None) -> datetime | None:
    """Return a moment as PostgreSQL writes it into JSON."""
    return datetime.fromisoformat(text) if text else None


def _gradebook(
    groups: tuple[NamedGroup, ...],
    items: tuple[GradedItem, ...],
    letters: LetterScheme,
    *,
    is_weighted: bool,
) -> Gradebook:
    weighted = [Group(g.id, g.weight, g.drop_lowest, g.drop_highest) for g in groups]
    rules = Rules((*weighted, Group(UNGROUPED)), is_weighted=is_weighted, letters=letters)
    counting = (
        Item(
            one.id,
            one.group_id or UNGROUPED,
            one.possible,
            is_extra=one.is_extra_credit,
            is_never_dropped=one.is_never_dropped,
        )
        for one in items
        if one.counts
    )
    return Gradebook(rules, counting)
