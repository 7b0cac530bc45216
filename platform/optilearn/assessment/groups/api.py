"""Groups of students over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.assessment.groups import selectors, services
from optilearn.assessment.groups.schemas import GroupSetIn, GroupSetOut
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals

router = Router(tags=["Assignments"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)


def _groups(sent: GroupSetIn) -> list[services.NewGroup]:
    return [services.NewGroup(one.name, tuple(one.enrollment_ids)) for one in sent.groups]


@router.get(
    "/courses/{int:courseId}/group-sets",
    response={200: Envelope[list[GroupSetOut]], **READ},
    operation_id="listGroupSets",
)
def group_sets(request: HttpRequest, courseId: int) -> HttpResponse:
    """The sets of groups of a course's students."""
    return answer(selectors.group_sets(principal_of(request), courseId))


@router.post(
    "/courses/{int:courseId}/group-sets",
    response={201: Envelope[list[GroupSetOut]], **READ},
    operation_id="addGroupSet",
)
def add(request: HttpRequest, courseId: int, group_set: GroupSetIn) -> HttpResponse:
    """Divide a course's students into groups."""
    principal = principal_of(request)
    services.add_group_set(
        principal=principal,
        course_id=courseId,
        name=group_set.name,
        groups=_groups(group_set),
    )
    return answer(selectors.group_sets(principal, courseId), status=201)


@router.put(
    "/group-sets/{int:groupSetId}",
    response={200: Envelope[list[GroupSetOut]], **READ},
    operation_id="updateGroupSet",
)
def update(request: HttpRequest, groupSetId: int, group_set: GroupSetIn) -> HttpResponse:
    """Replace the groups of a set; what was handed in stays as it was."""
    principal = principal_of(request)
    course_id = services.update_group_set(
        principal=principal,
        group_set_id=groupSetId,
        name=group_set.name,
        groups=_groups(group_set),
    )
    return answer(selectors.group_sets(principal, course_id))


@router.delete(
    "/group-sets/{int:groupSetId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="deleteGroupSet",
)
def delete(request: HttpRequest, groupSetId: int) -> HttpResponse:
    """Delete a set that no assignment has."""
    services.delete_group_set(principal=principal_of(request), group_set_id=groupSetId)
    return answer({"done": True})
