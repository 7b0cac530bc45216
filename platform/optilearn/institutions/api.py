"""The reader's institution."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.conditional import answer_cached
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.openapi import conditional
from optilearn.institutions.schemas import InstitutionChange, InstitutionOut
from optilearn.institutions.selectors import institution_detail
from optilearn.institutions.services import update_institution

router = Router(tags=["Institution"], by_alias=True)


@router.get(
    "/school",
    response={200: Envelope[InstitutionOut], **refusals()},
    openapi_extra=conditional(),
    operation_id="getSchool",
)
def school(request: HttpRequest) -> HttpResponse:
    """The reader's institution: its zone, its calendar and what it has set."""
    return answer_cached(request, institution_detail(principal_of(request).institution_id))


@router.patch(
    "/school",
    response={200: Envelope[InstitutionOut], **refusals(400, 409)},
    operation_id="updateSchool",
)
def update(request: HttpRequest, change: InstitutionChange) -> HttpResponse:
    """Set what is sent, for administrators."""
    principal = principal_of(request)
    update_institution(principal=principal, values=change.model_dump(exclude_unset=True))
    return answer(institution_detail(principal.institution_id))
