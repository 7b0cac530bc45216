"""Requirements and their obligations, for administrators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from django.db.models import Count, QuerySet

from optilearn.compliance import policies
from optilearn.compliance.models import Evidence, Obligation, Requirement, RequirementPerson
from optilearn.compliance.rules import OPEN, in_status, state_of
from optilearn.compliance.schedule import Schedule
from optilearn.compliance.schemas import ObligationQuery, RequirementQuery
from optilearn.compliance.selectors.days import local_day
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal

_Row = dict[str, Any]
_Status: Final = Obligation.Status
_COUNTED: Final = ("met", "open", "overdue", "waived")
_HEAD: Final = (
    *("id", "title", "course_id", "accepts_evidence", "rule", "archived_at"),
    *("first_due_on", "canonical_rule", "ends_on", "first_period"),
)
_WHOLE: Final = (
    *_HEAD,
    *("description", "roles", "class_ids", "grace_days", "remind_days", "escalate_days"),
    *("escalate_roles", "created_at", "version"),
)
_OBLIGATION: Final = (
    *("id", "requirement_id", "title", "period", "due_on", "overdue_on", "met_at", "met_by"),
    *("waived_at", "waived_by__name", "waiver_reason", "withdrawn_at", "person_id"),
    *("person__code", "person__name", "person__role", "person__class_name"),
)
_EVIDENCE: Final = (
    *("id", "obligation_id", "text", "file_id", "file__name", "status", "submitted_at"),
    *("decided_at", "decided_by__name", "reason"),
)


def requirements(principal: Principal, query: RequirementQuery) -> tuple[list[_Row], int]:
    """Return a page of requirements with their counts, the newest first, and their number.

    Four queries. Raises ``AppError`` FORBIDDEN for everybody but administrators.
    """
    require(principal, ADMINS)
    found = Requirement.objects.filter(archived_at__isnull=query.state == "ACTIVE")
    page = list(found.order_by("-created_at", "-id").values(*_HEAD)[query.window])
    today = local_day()
    counts = _counts([one["id"] for one in page], today)
    return [_head(one, counts, today) for one in page], found.count()


def requirement_detail(principal: Principal, requirement_id: int) -> _Row:
    """Return a requirement. Five queries. Raises ``AppError``: FORBIDDEN, NOT_FOUND."""
    policies.managed_requirement(principal, requirement_id)
    found = Requirement.objects.values(*_WHOLE).get(pk=requirement_id)
    today = local_day()
    people = RequirementPerson.objects.filter(requirement_id=requirement_id)
    return _head(found, _counts([requirement_id], today), today) | {
        "description": found["description"],
        "roles": found["roles"],
        "classIds": found["class_ids"],
        "personIds": list(people.order_by("person_id").values_list("person_id", flat=True)),
        "graceDays": found["grace_days"],
        "remindDays": found["remind_days"],
        "escalateDays": found["escalate_days"],
        "escalateRoles": found["escalate_roles"],
        "createdAt": found["created_at"],
        "version": found["version"],
    }


def obligations(
    principal: Principal, requirement_id: int, query: ObligationQuery
) -> tuple[list[_Row], int]:
    """Return a page of a requirement's obligations, the earliest due first, and their number.

    Of one due date by name. Five queries. Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    policies.managed_requirement(principal, requirement_id)
    today = local_day()
    found = _filtered(Obligation.objects.filter(requirement_id=requirement_id), query, today)
    ordered = found.order_by("due_on", "person__name", "person_id", "id")
    page = list(ordered.values(*_OBLIGATION)[query.window])
    waiting = _waiting([one["id"] for one in page])
    return [_obligation(one, waiting, today) for one in page], found.count()


def obligation_detail(principal: Principal, obligation_id: int) -> _Row:
    """Return an obligation with its evidence. Five queries. Raises as above."""
    policies.managed_obligation(principal, obligation_id)
    found = Obligation.objects.values(*_OBLIGATION).get(pk=obligation_id)
    handed = evidence_of([obligation_id])
    waiting = {obligation_id: sum(one["status"] == Evidence.Status.SUBMITTED for one in handed)}
    return _obligation(found, waiting, local_day()) | {
        "evidence": [evidence_row(one) | {"decidedBy": one["decided_by__name"]} for one in handed]
    }


def obligation_of_evidence(principal: Principal, evidence_id: int) -> _Row:
    """Return the obligation that evidence was handed in for. Six queries. Raises as above."""
    return obligation_detail(
        principal, policies.managed_evidence(principal, evidence_id).obligation_id
    )


def evidence_of(obligation_ids: Collection[int]) -> list[_Row]:
    """Return the evidence of these obligations, the newest first. One query."""
    found = Evidence.objects.filter(obligation_id__in=obligation_ids)
    return [dict(one) for one in found.order_by("-submitted_at", "-id").values(*_EVIDENCE)]


def evidence_row(one: Mapping[str, Any]) -> _Row:
    """Return the fields of evidence for the API."""
    return {
        "id": one["id"],
        "text": one["text"],
        "fileId": one["file_id"],
        "fileName": one["file__name"],
        "status": one["status"],
        "submittedAt": one["submitted_at"],
        "decidedAt": one["decided_at"],
        "reason": one["reason"],
    }


def _filtered(
    found: QuerySet[Obligation], query: ObligationQuery, today: date
) -> QuerySet[Obligation]:
    if query.status is None:
        found = found.filter(withdrawn_at=None)
    else:
        found = found.filter(in_status(query.status, today))
    if query.person_id is not None:
        found = found.filter(person_id=query.person_id)
    if query.class_id is not None:
        found = found.filter(person__class_id=query.class_id)
    if query.role is not None:
        found = found.filter(person__role=query.role)
    if query.period is not None:
        found = found.filter(period=query.period)
    if query.has_evidence:
        waiting = Evidence.objects.filter(status=Evidence.Status.SUBMITTED)
        found = found.filter(OPEN, pk__in=waiting.values("obligation_id"))
    return found


def _counts(requirement_ids: Collection[int], today: date) -> dict[int, dict[str, int]]:
    found = Obligation.objects.filter(requirement_id__in=requirement_ids).order_by()

    def having(status: str) -> Count:
        return Count("id", filter=in_status(status, today))

    counted = found.values_list("requirement_id").annotate(
        n_met=having(_Status.MET),
        n_open=having(_Status.PENDING),
        n_overdue=having(_Status.OVERDUE),
        n_waived=having(_Status.WAIVED),
    )
    return {one[0]: dict(zip(_COUNTED, one[1:], strict=True)) for one in counted}


def _waiting(obligation_ids: Collection[int]) -> dict[int, int]:
    waiting = Evidence.objects.filter(status=Evidence.Status.SUBMITTED)
    found = waiting.filter(
        obligation_id__in=obligation_ids,
        obligation__met_at=None,
        obligation__waived_at=None,
        obligation__withdrawn_at=None,
    )
    counted = found.order_by().values("obligation_id").annotate(n=Count("id"))
    return {one["obligation_id"]: one["n"] for one in counted}


def _head(
    one: Mapping[str, Any], counts: Mapping[int, Mapping[str, int]], today: date
) -> dict[str, Any]:
    schedule = Schedule(
        one["first_due_on"], one["canonical_rule"], one["ends_on"], one["first_period"]
    )
    return {
        "id": one["id"],
        "title": one["title"],
        "courseId": one["course_id"],
        "acceptsEvidence": one["accepts_evidence"],
        "dueOn": schedule.periods_until(today)[-1].due_on,
        "rule": one["rule"],
        "archivedAt": one["archived_at"],
        "counts": counts.get(one["id"]) or dict.fromkeys(_COUNTED, 0),
    }


def _obligation(one: Mapping[str, Any], waiting: Mapping[int, int], today: date) -> _Row:
    ends = (one["met_at"], one["waived_at"], one["withdrawn_at"])
    return {
        "id": one["id"],
        "requirementId": one["requirement_id"],
        "title": one["title"],
        "person": {
            "id": one["person_id"],
            "code": one["person__code"],
            "name": one["person__name"],
            "role": one["person__role"],
            "className": one["person__class_name"],
        },
        "period": one["period"],
        "dueOn": one["due_on"],
        "overdueOn": one["overdue_on"],
        "status": state_of(*ends, one["overdue_on"], today),
        "metAt": one["met_at"],
        "metBy": one["met_by"] or None,
        "waivedAt": one["waived_at"],
        "waivedBy": one["waived_by__name"],
        "waiverReason": one["waiver_reason"],
        "evidenceWaiting": waiting.get(one["id"], 0),
    }
