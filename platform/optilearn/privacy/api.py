"""A person's data: handed over, or erased."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, ErrorEnvelope, answer
from optilearn.privacy.schemas import ErasedOut, EraseIn, ExportOut
from optilearn.privacy.selectors import export_person
from optilearn.privacy.services import erase_person

router = Router(tags=["Privacy"], by_alias=True)
_REFUSALS: Final[dict[int, Any]] = dict.fromkeys((400, 401, 403, 404), ErrorEnvelope)


@router.get(
    "/people/{int:personId}/export",
    response={200: Envelope[ExportOut], **_REFUSALS},
    operation_id="exportPerson",
)
def export(request: HttpRequest, personId: int) -> HttpResponse:
    """Everything that OptiLearn keeps about a person, for the person or an administrator."""
    return answer(export_person(principal_of(request), personId))


@router.post(
    "/people/{int:personId}/erase",
    response={200: Envelope[ErasedOut], **_REFUSALS, 409: ErrorEnvelope},
    operation_id="erasePerson",
)
def erase(request: HttpRequest, personId: int, erasure: EraseIn) -> HttpResponse:
    """Erase a person for good. For administrators; ``confirm`` is the person's code.

    Records go, or stay without a name, by the rule of each table. OptiCRM's directory doesn't
    bring the person back, and kept snapshots are rewritten in the background.
    """
    applied = erase_person(
        principal=principal_of(request),
        person_id=personId,
        reason=erasure.reason,
        confirm=erasure.confirm,
    )
    return answer({"personId": personId, "tables": [done.to_wire() for done in applied]})
