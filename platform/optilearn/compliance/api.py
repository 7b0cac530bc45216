"""Compliance over HTTP: requirements, obligations, evidence, one's own."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.compliance import selectors, services
from optilearn.compliance.schemas import (
    AcceptanceIn,
    EvidenceIn,
    HandedIn,
    ObligationDetail,
    ObligationOut,
    ObligationQuery,
    OwnObligation,
    OwnObligationQuery,
    RequirementChange,
    RequirementIn,
    RequirementOut,
    RequirementQuery,
    RequirementRow,
    WaiverIn,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.downloads import answer_file
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Compliance"], by_alias=True)
READ: Final = refusals(403, 404)
WRITE: Final = refusals(400, 403, 404, 409)
_ARCHIVE: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "A ZIP with MANIFEST.sha256, which `sha256sum -c` verifies.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@router.get(
    "/compliance/requirements",
    response={200: Envelope[list[RequirementRow]], **refusals(400, 403)},
    operation_id="listRequirements",
)
def requirements(request: HttpRequest, query: Query[RequirementQuery]) -> HttpResponse:
    """Requirements with the numbers of what is met, open, overdue and waived, the newest first."""
    rows, total = selectors.requirements(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/compliance/requirements",
    response={201: Envelope[RequirementOut], **WRITE},
    operation_id="createRequirement",
)
def create(request: HttpRequest, wanted: RequirementIn) -> HttpResponse:
    """Require something; everybody it is for owes it from now on."""
    principal = principal_of(request)
    key = services.create_requirement(
        principal=principal, values=wanted.model_dump(exclude_unset=True, mode="python")
    )
    return answer(selectors.requirement_detail(principal, key), status=201)


@router.get(
    "/compliance/requirements/{int:requirementId}",
    response={200: Envelope[RequirementOut], **READ},
    operation_id="getRequirement",
)
def requirement(request: HttpRequest, requirementId: int) -> HttpResponse:
    """A requirement whole."""
    return answer(selectors.requirement_detail(principal_of(request), requirementId))


@router.patch(
    "/compliance/requirements/{int:requirementId}",
    response={200: Envelope[RequirementOut], **WRITE},
    operation_id="updateRequirement",
)
def update(request: HttpRequest, requirementId: int, wanted: RequirementChange) -> HttpResponse:
    """Change a requirement; what is open moves with it, what was met stays."""
    principal = principal_of(request)
    services.update_requirement(
        principal=principal,
        requirement_id=requirementId,
        values=wanted.model_dump(exclude_unset=True, mode="python"),
    )
    return answer(selectors.requirement_detail(principal, requirementId))


@router.post(
    "/compliance/requirements/{int:requirementId}/archive",
    response={200: Envelope[RequirementOut], **READ},
    operation_id="archiveRequirement",
)
def archive(request: HttpRequest, requirementId: int) -> HttpResponse:
    """Archive a requirement, for good: what is open isn't owed any more."""
    principal = principal_of(request)
    services.archive_requirement(principal=principal, requirement_id=requirementId)
    return answer(selectors.requirement_detail(principal, requirementId))


@router.get(
    "/compliance/requirements/{int:requirementId}/obligations",
    response={200: Envelope[list[ObligationOut]], **refusals(400, 403, 404)},
    operation_id="listObligations",
)
def obligations(
    request: HttpRequest, requirementId: int, query: Query[ObligationQuery]
) -> HttpResponse:
    """The people of a requirement with what each owes, the earliest due first."""
    rows, total = selectors.obligations(principal_of(request), requirementId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/compliance/requirements/{int:requirementId}/evidence",
    response=refusals(403, 404, 503),
    openapi_extra=_ARCHIVE,
    operation_id="exportEvidence",
)
def evidence(request: HttpRequest, requirementId: int) -> HttpResponse:
    """All that shows who has met a requirement, as one archive that verifies itself."""
    file = services.export_evidence(principal=principal_of(request), requirement_id=requirementId)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="requirement-{requirementId}.zip"',
        "Cache-Control": "no-store",
    }
    return answer_file(file, headers)


@router.get(
    "/compliance/obligations/{int:obligationId}",
    response={200: Envelope[ObligationDetail], **READ},
    operation_id="getObligation",
)
def obligation(request: HttpRequest, obligationId: int) -> HttpResponse:
    """An obligation of somebody, with the evidence for it."""
    return answer(selectors.obligation_detail(principal_of(request), obligationId))


@router.post(
    "/compliance/obligations/{int:obligationId}/waive",
    response={200: Envelope[ObligationDetail], **WRITE},
    operation_id="waiveObligation",
)
def waive(request: HttpRequest, obligationId: int, waiver: WaiverIn) -> HttpResponse:
    """Waive what somebody else owes, with a reason."""
    principal = principal_of(request)
    services.waive(principal=principal, obligation_id=obligationId, reason=waiver.reason)
    return answer(selectors.obligation_detail(principal, obligationId))


@router.post(
    "/compliance/obligations/{int:obligationId}/unwaive",
    response={200: Envelope[ObligationDetail], **refusals(400, 403, 404, 409)},
    operation_id="unwaiveObligation",
)
def unwaive(request: HttpRequest, obligationId: int, waiver: WaiverIn) -> HttpResponse:
    """Take a waiver back, with a reason."""
    principal = principal_of(request)
    services.unwaive(principal=principal, obligation_id=obligationId, reason=waiver.reason)
    return answer(selectors.obligation_detail(principal, obligationId))


@router.post(
    "/compliance/evidence/{int:evidenceId}/accept",
    response={200: Envelope[ObligationDetail], **WRITE},
    operation_id="acceptEvidence",
)
def accept(request: HttpRequest, evidenceId: int, decision: AcceptanceIn) -> HttpResponse:
    """Accept evidence: what it was handed in for is met."""
    principal = principal_of(request)
    services.accept(principal=principal, evidence_id=evidenceId, reason=decision.reason)
    return answer(selectors.obligation_of_evidence(principal, evidenceId))


@router.post(
    "/compliance/evidence/{int:evidenceId}/reject",
    response={200: Envelope[ObligationDetail], **WRITE},
    operation_id="rejectEvidence",
)
def reject(request: HttpRequest, evidenceId: int, decision: WaiverIn) -> HttpResponse:
    """Reject evidence, with a reason that its author reads."""
    principal = principal_of(request)
    services.reject(principal=principal, evidence_id=evidenceId, reason=decision.reason)
    return answer(selectors.obligation_of_evidence(principal, evidenceId))


@router.post(
    "/compliance/evidence/{int:evidenceId}/reopen",
    response={200: Envelope[ObligationDetail], **refusals(400, 403, 404, 409)},
    operation_id="reopenEvidence",
)
def reopen(request: HttpRequest, evidenceId: int, decision: WaiverIn) -> HttpResponse:
    """Take a decision on evidence back; what it met is owed again."""
    principal = principal_of(request)
    services.reopen(principal=principal, evidence_id=evidenceId, reason=decision.reason)
    return answer(selectors.obligation_of_evidence(principal, evidenceId))


@router.get(
    "/me/requirements",
    response={200: Envelope[list[OwnObligation]], **refusals(400, 403)},
    operation_id="listOwnRequirements",
)
def own(request: HttpRequest, query: Query[OwnObligationQuery]) -> HttpResponse:
    """The caller's own obligations with their evidence, the earliest due first."""
    rows, total = selectors.own_obligations(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/me/requirements/{int:obligationId}/evidence",
    response={201: Envelope[HandedIn], **WRITE},
    operation_id="handInEvidence",
)
def hand_in(request: HttpRequest, obligationId: int, evidence: EvidenceIn) -> HttpResponse:
    """Hand in evidence: a statement, or a file that was uploaded in the category `evidence`."""
    key = services.hand_in(
        principal=principal_of(request),
        obligation_id=obligationId,
        handed=services.Handed(evidence.request_id, evidence.text, evidence.file_id),
    )
    return answer({"id": key}, status=201)
