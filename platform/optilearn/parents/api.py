"""The API of parents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.parents.schemas import ChildOverview
from optilearn.parents.selectors import child_overview

router = Router(tags=["Parents"], by_alias=True)


@router.get(
    "/parent/children/{int:childId}/overview",
    response={200: Envelope[ChildOverview], **refusals(404, 503)},
    operation_id="getChildOverview",
)
def overview(request: HttpRequest, childId: int) -> HttpResponse:
    """Show how a child of the caller is doing: courses, grades, work ahead, points, certificates.

    Whose child it is is asked of the school's directory each time; another's is 404.
    """
    return answer(child_overview(principal_of(request), childId))
