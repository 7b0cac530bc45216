"""Classes for the staff, children for their parents."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import CamelSchema, Envelope, ErrorEnvelope, answer
from optilearn.crm.selectors import children_of, school_classes

router = Router(tags=["School"], by_alias=True)
_REFUSALS: Final[dict[int, Any]] = dict.fromkeys((401, 403), ErrorEnvelope)


class SectionOut(CamelSchema):
    """A section; its id is OptiCRM's, which courses are aimed by."""

    id: str
    name: str


class ClassOut(CamelSchema):
    """A class with its sections."""

    id: str
    name: str
    sections: list[SectionOut]


class ChildOut(CamelSchema):
    """A child of the signed-in parent, and where it sits in school; empty if nowhere."""

    person_id: int
    name: str
    class_id: str
    class_name: str
    section_id: str
    section_name: str


@router.get(
    "/classes", response={200: Envelope[list[ClassOut]], **_REFUSALS}, operation_id="listClasses"
)
def classes(request: HttpRequest) -> HttpResponse:
    """The school's classes and sections, in its order. For staff."""
    return answer(school_classes(principal_of(request)))


@router.get(
    "/parent/children",
    response={200: Envelope[list[ChildOut]], **_REFUSALS, 503: ErrorEnvelope},
    operation_id="listOwnChildren",
)
def children(request: HttpRequest) -> HttpResponse:
    """The parent's own children, as the school knows them at this moment.

    503 if the school's directory doesn't answer: an empty list means no children.
    """
    return answer([child.to_wire() for child in children_of(principal_of(request))])
