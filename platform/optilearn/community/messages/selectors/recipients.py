"""The people whom somebody may write to first, by name."""

from __future__ import annotations

from typing import Final

from optilearn.community.messages import policies
from optilearn.community.messages.rules import (
    OWN_COURSES,
    ROLES,
    Group,
    Reach,
    group_of,
    shares,
)
from optilearn.community.messages.schemas import RecipientsQuery
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.core.text import has_words, words_of
from optilearn.people.rules import PEOPLE, active

_FROM: Final = compose(
    """
      FROM <people>
     WHERE p.id <> %(writer)s AND <active> AND <fits>
       AND (p.role = ANY(%(anybody)s::text[]) OR p.role = ANY(%(sharing)s::text[]) AND <shares>)
    """,
    people=PEOPLE.aliased("p"),
    active=active("p"),
    fits=has_words("p.name", "%(words)s"),
    shares=shares("p.id", "p.id"),
)
_PAGE: Final = (
    f"WITH {OWN_COURSES} SELECT p.id, p.name, p.role, count(*) OVER () AS total {_FROM}"
    " ORDER BY lower(p.name), p.id LIMIT %(limit)s OFFSET %(offset)s"
)
_COUNT: Final = f"WITH {OWN_COURSES} SELECT count(*) AS total {_FROM}"


def recipients(principal: Principal, query: RecipientsQuery) -> tuple[list[Row], int]:
    """Return a page of the people whom the principal may write to first, and their number.

    Parents who would have to share a course aren't listed: OptiCRM would be asked about each. Two
    queries. Raises ``AppError``: FORBIDDEN as ``policies.check_is_in_person``, SERVICE_UNAVAILABLE
    as ``policies.own_learners``.
    """
    policies.check_is_in_person(principal)
    reaches, own = policies.rules_in_force(), group_of(principal.role)
    asked = {*Group} - {Group.PARENT}
    sharing = [r for g in asked if reaches[own, g] is Reach.SHARED_COURSE for r in ROLES[g]]
    given = {
        "writer": principal.person_id,
        "learners": policies.own_learners(principal) if sharing else [],
        "anybody": [r for g in Group if reaches[own, g] is Reach.ANYBODY for r in ROLES[g]],
        "sharing": sharing,
        "words": words_of(query.q),
        "now": clock.now(),
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_PAGE, given)
    found = [{"id": o["id"], "name": o["name"], "group": group_of(o["role"])} for o in page]
    return found, total_of(page, _COUNT, given, query)
