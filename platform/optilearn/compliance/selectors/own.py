"""The caller's own obligations."""

from __future__ import annotations

from typing import Any, Final

from optilearn.compliance.models import Obligation
from optilearn.compliance.policies import OBLIGED
from optilearn.compliance.rules import OPEN, state_of
from optilearn.compliance.schemas import OwnObligationQuery
from optilearn.compliance.selectors.days import local_day
from optilearn.compliance.selectors.requirements import evidence_of, evidence_row
from optilearn.core.access.policies import require
from optilearn.core.access.principal import Principal

_COLUMNS: Final = (
    *("id", "requirement_id", "title", "requirement__description", "requirement__course_id"),
    *("requirement__accepts_evidence", "due_on", "overdue_on", "met_at", "waived_at"),
)


def own_obligations(
    principal: Principal, query: OwnObligationQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of what the caller owes and has done, the earliest due first; the number.

    Four queries. Raises ``AppError`` FORBIDDEN for parents.
    """
    require(principal, OBLIGED)
    own = Obligation.objects.filter(person_id=principal.person_id, withdrawn_at=None)
    if query.open_only:
        own = own.filter(OPEN)
    page = list(own.order_by("due_on", "id").values(*_COLUMNS)[query.window])
    handed: dict[int, list[dict[str, Any]]] = {}
    for one in evidence_of([row["id"] for row in page]):
        handed.setdefault(one["obligation_id"], []).append(evidence_row(one))
    today = local_day()
    found = [
        {
            "id": one["id"],
            "requirementId": one["requirement_id"],
            "title": one["title"],
            "description": one["requirement__description"],
            "courseId": one["requirement__course_id"],
            "acceptsEvidence": one["requirement__accepts_evidence"],
            "dueOn": one["due_on"],
            "overdueOn": one["overdue_on"],
            "status": state_of(one["met_at"], one["waived_at"], None, one["overdue_on"], today),
            "metAt": one["met_at"],
            "waivedAt": one["waived_at"],
            "evidence": handed.get(one["id"], []),
        }
        for one in page
    ]
    return found, own.count()
