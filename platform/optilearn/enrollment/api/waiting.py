"""The waiting list of a course."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.enrollment import services
from optilearn.enrollment.schemas.enrollments import OwnWaiting, WaitingOrder, WaitingRow
from optilearn.enrollment.selectors.lists import own_waiting, waiting_list

router = Router(tags=["Enrollments"], by_alias=True)
LIST = "/courses/{int:courseId}/waiting-list"


@router.post(
    LIST,
    response={201: Envelope[OwnWaiting], **refusals(401, 402, 403, 404, 409)},
    operation_id="joinWaitingList",
)
def join(request: HttpRequest, courseId: int) -> HttpResponse:
    """Wait for a seat in a full course; asking again keeps the place."""
    principal = principal_of(request)
    services.join_waiting_list(principal=principal, course_id=courseId)
    return answer(own_waiting(principal, courseId), status=201)


@router.get(
    f"{LIST}/me",
    response={200: Envelope[OwnWaiting], **refusals(401, 403, 404)},
    operation_id="getOwnWaitingPlace",
)
def own_place(request: HttpRequest, courseId: int) -> HttpResponse:
    """The caller's place in the list, or what became of it."""
    return answer(own_waiting(principal_of(request), courseId))


@router.delete(
    f"{LIST}/me",
    response={200: Envelope[OwnWaiting], **refusals(401, 403, 404)},
    operation_id="leaveWaitingList",
)
def leave(request: HttpRequest, courseId: int) -> HttpResponse:
    """Stop waiting."""
    principal = principal_of(request)
    services.leave_waiting_list(principal=principal, course_id=courseId)
    return answer(own_waiting(principal, courseId))


@router.get(
    LIST,
    response={200: Envelope[list[WaitingRow]], **refusals(400, 401, 403, 404)},
    operation_id="listWaitingStudents",
)
def who_waits(request: HttpRequest, courseId: int, query: Query[PageQuery]) -> HttpResponse:
    """The waiting list of a course, in its order."""
    rows, total = waiting_list(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.put(
    f"{LIST}/order",
    response={200: Envelope[list[WaitingRow]], **refusals(400, 401, 403, 404, 409)},
    operation_id="setWaitingListOrder",
)
def reorder(request: HttpRequest, courseId: int, wanted: WaitingOrder) -> HttpResponse:
    """Put who waits into another order; everybody has to be named. Answers the first page."""
    principal = principal_of(request)
    services.reorder_waiting_list(
        principal=principal, course_id=courseId, entry_ids=wanted.entry_ids
    )
    query = PageQuery(page=1, per_page=25)
    rows, total = waiting_list(principal, courseId, query)
    return answer_page(rows, total=total, query=query)


@router.delete(
    f"{LIST}/{{int:entryId}}",
    response={200: Envelope[Done], **refusals(401, 403, 404)},
    operation_id="removeFromWaitingList",
)
def remove(request: HttpRequest, courseId: int, entryId: int) -> HttpResponse:
    """Take somebody off the list."""
    services.remove_from_waiting_list(
        principal=principal_of(request), course_id=courseId, entry_id=entryId
    )
    return answer({"done": True})
