"""Reads of points, badges and leaderboards."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from optilearn.core import clock
from optilearn.core.access.policies import ADMINS, STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import Row, compose, row, rows
from optilearn.enrollment.rules import ENROLLMENTS, opening
from optilearn.enrollment.selectors.access import course_access
from optilearn.institutions.rules import INSTITUTIONS
from optilearn.people.rules import PEOPLE, active
from optilearn.recognition.models import Badge, EarnedBadge, PointsEntry, PointsRule
from optilearn.recognition.points.days import local_day
from optilearn.recognition.points.rules import USUAL_POINTS, Kind, current_streak

LEADERS: Final = 50
"""The places that a leaderboard shows."""
_STUDENTS: Final = frozenset({Role.STUDENT})

_TOTALS: Final = compose(
    """
    SELECT t.points, t.lessons_completed, t.quizzes_passed, t.courses_completed, t.streak_days,
           t.longest_streak, t.last_day, t.last_at, coalesce(t.is_hidden, false) AS is_hidden,
           p.time_zone AS own_zone, i.time_zone AS usual_zone
      FROM <people> JOIN <institutions> ON i.id = p.institution_id
      LEFT JOIN recognition_learnertotals t
        ON t.institution_id = p.institution_id AND t.student_id = p.id
     WHERE p.id = %(student)s
    """,
    people=PEOPLE.aliased("p"),
    institutions=INSTITUTIONS.aliased("i"),
)
_BOARD: Final = """
    SELECT r.*, p.name
      FROM (SELECT b.*, rank() OVER (ORDER BY b.points DESC) AS place, count(*) OVER () AS total,
                   row_number() OVER (ORDER BY b.points DESC, b.student_id) AS nth
              FROM (<board>) b) r <named>
     WHERE r.nth <= %(leaders)s OR r.student_id = %(caller)s
     ORDER BY r.place, lower(p.name), r.student_id
    """
"""Names are read, and compared, of those alone who are shown."""
_OF_COURSE: Final = compose(
    compose(
        _BOARD,
        named=PEOPLE.joined("p", "r.student_id"),
        board="""
        SELECT c.institution_id, c.student_id, c.points
          FROM recognition_coursepoints c <person> AND <active>
          JOIN <enrollments> ON e.institution_id = c.institution_id
           AND e.course_id = c.course_id AND e.student_id = c.student_id AND <opening>
          LEFT JOIN recognition_learnertotals t
            ON t.institution_id = c.institution_id AND t.student_id = c.student_id
         WHERE c.course_id = %(course)s AND c.points > 0
           AND (t.is_hidden IS NOT TRUE OR c.student_id = %(caller)s)""",
    ),
    person=PEOPLE.joined("p", "c.student_id"),
    active=active("p"),
    enrollments=ENROLLMENTS.aliased("e"),
    opening=opening("e"),
)
_OF_CLASS: Final = compose(
    compose(
        _BOARD,
        named=PEOPLE.joined("p", "r.student_id"),
        board="""
        SELECT t.institution_id, t.student_id, t.points
          FROM recognition_learnertotals t <person> AND <active>
          JOIN <people> ON me.institution_id = t.institution_id AND me.id = %(caller)s
           AND me.class_id = p.class_id AND me.class_id <> ''
         WHERE t.points > 0 AND (NOT t.is_hidden OR t.student_id = %(caller)s)""",
    ),
    person=PEOPLE.joined("p", "t.student_id"),
    active=active("p"),
    people=PEOPLE.aliased("me"),
)


def own_recognition(principal: Principal) -> dict[str, Any]:
    """Return the calling student's points, streak and badges. Two queries.

    Raises ``AppError`` FORBIDDEN for everybody but students.
    """
    require(principal, _STUDENTS)
    return recognition_of(principal.person_id)


def recognition_of(student_id: int) -> dict[str, Any]:
    """The same of any student, for the product itself: no permissions.

    Raises ``AppError`` NOT_FOUND.
    """
    found = row(_TOTALS, {"student": student_id})
    if found is None:
        raise not_found()
    badges = EarnedBadge.objects.filter(student_id=student_id)
    newest = badges.order_by("-earned_at", "-id").values(
        "badge_id", "badge__title", "badge__description", "earned_at"
    )
    return {
        "points": found["points"] or 0,
        "lessonsCompleted": found["lessons_completed"] or 0,
        "quizzesPassed": found["quizzes_passed"] or 0,
        "coursesCompleted": found["courses_completed"] or 0,
        "currentStreak": _streak(found),
        "longestStreak": found["longest_streak"] or 0,
        "isHiddenOnLeaderboards": found["is_hidden"],
        "badges": [
            {
                "id": one["badge_id"],
                "title": one["badge__title"],
                "description": one["badge__description"],
                "earnedAt": one["earned_at"],
            }
            for one in newest
        ],
    }


def own_points(principal: Principal, query: PageQuery) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the calling student's ledger, the newest first, and its length.

    Two queries. Raises ``AppError`` FORBIDDEN for everybody but students.
    """
    require(principal, _STUDENTS)
    own = PointsEntry.objects.filter(student_id=principal.person_id)
    page = own.order_by("-at", "-id").values(
        "id",
        "kind",
        "points",
        "at",
        "day",
        courseId=F("course_id"),
        courseTitle=F("course__title"),
    )
    return [dict(one) for one in page[query.window]], own.count()


def course_leaderboard(principal: Principal, course_id: int) -> dict[str, Any]:
    """Return the leaderboard of a course, for its students and managers. Two queries.

    Students who don't want to be on it are there for themselves alone. Raises ``AppError``
    NOT_FOUND for everybody else.
    """
    found = course_access(principal, course_id)
    is_student = found is not None and found.enrollment is not None and found.enrollment.is_live
    if found is None or not (found.manages or (is_student and found.is_live)):
        raise not_found()
    return _board(_OF_COURSE, {"course": course_id}, principal)


def class_leaderboard(principal: Principal) -> dict[str, Any]:
    """Return the leaderboard of the calling student's class, of all courses. One query.

    Raises ``AppError`` FORBIDDEN for everybody but students.
    """
    require(principal, _STUDENTS)
    return _board(_OF_CLASS, {}, principal)


def badges(principal: Principal, query: PageQuery) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the badges by title, and their number.

    Others than administrators see those that can be earned. Two queries. Raises ``AppError``
    FORBIDDEN for parents.
    """
    require(principal, STAFF | _STUDENTS)
    found = Badge.objects.all()
    if principal.role not in ADMINS:
        found = found.filter(is_active=True)
    holders = EarnedBadge.objects.filter(badge=OuterRef("pk")).order_by().values("badge")
    counted = Subquery(holders.annotate(number=Count("pk")).values("number"))
    page = found.order_by("title", "id").annotate(earned=Coalesce(counted, 0))[query.window]
    return [_badge(one) | {"earned": one.earned} for one in page], found.count()


def badge_detail(principal: Principal, badge_id: int) -> dict[str, Any]:
    """Return a badge, for administrators. Two queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    require(principal, ADMINS)
    found = Badge.objects.filter(pk=badge_id).first()
    if found is None:
        raise not_found()
    return _badge(found) | {"earned": EarnedBadge.objects.filter(badge_id=badge_id).count()}


def points_rules(principal: Principal) -> dict[str, int]:
    """Return the points of each kind of achievement, for staff and students. One query.

    Raises ``AppError`` FORBIDDEN for parents.
    """
    require(principal, STAFF | _STUDENTS)
    own = dict(PointsRule.objects.values_list("kind", "points"))
    names = {
        Kind.LESSON_COMPLETED: "lessonCompleted",
        Kind.QUIZ_PASSED: "quizPassed",
        Kind.COURSE_COMPLETED: "courseCompleted",
    }
    return {name: own.get(kind.value, USUAL_POINTS[kind]) for kind, name in names.items()}


def badge_titles(badge_ids: set[int]) -> dict[int, str]:
    """Return titles by id, for messages: no permissions. One query."""
    return dict(Badge.objects.filter(pk__in=badge_ids).values_list("id", "title"))


def _board(statement: str, given: Row, principal: Principal) -> dict[str, Any]:
    found = rows(
        statement, given | {"leaders": LEADERS, "caller": principal.person_id, "now": clock.now()}
    )
    places = [
        {
            "place": one["place"],
            "studentId": one["student_id"],
            "name": one["name"],
            "points": one["points"],
            "isCaller": one["student_id"] == principal.person_id,
        }
        for one in found
    ]
    return {
        "rows": [place for one, place in zip(found, places, strict=True) if one["nth"] <= LEADERS],
        "own": next((place for place in places if place["isCaller"]), None),
        "total": found[0]["total"] if found else 0,
    }


def _streak(totals: Row) -> int:
    now = clock.now()
    today = local_day(now, totals["own_zone"], totals["usual_zone"])
    return current_streak(
        totals["streak_days"] or 0, totals["last_day"], totals["last_at"], today, now
    )


def _badge(badge: Badge) -> dict[str, Any]:
    return {
        "id": badge.pk,
        "title": badge.title,
        "description": badge.description,
        "rule": badge.rule,
        "isActive": badge.is_active,
    }
