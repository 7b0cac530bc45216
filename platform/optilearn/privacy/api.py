"""A person's data: handed over, or erased."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import CamelSchema, Envelope, ErrorEnvelope, answer, example
from optilearn.core.text import Visible
from optilearn.privacy.selectors import export_person
from optilearn.privacy.services import erase_person

router = Router(tags=["Privacy"], by_alias=True)
_REFUSALS: Final[dict[int, Any]] = dict.fromkeys((400, 401, 403, 404), ErrorEnvelope)


ErasureRule = TypeAliasType("ErasureRule", Literal["CASCADE", "ANONYMISE", "RETAIN"])


class ExportedTable(CamelSchema):
    """The rows of a table that refer to the person by one of its columns."""

    table: str
    column: str
    rule: ErasureRule = Field(description="What an erasure does to them.")
    reason: str
    rows: list[dict[str, Any]]


class ExportOut(CamelSchema):
    """Everything that refers to a person."""

    exported_at: str
    person: dict[str, Any]
    tables: list[ExportedTable]


class EraseIn(CamelSchema):
    """The reason, and the person's code for confirmation."""

    model_config = example({"reason": "She asked for it in writing.", "confirm": "S-104"})

    reason: Annotated[Visible, StringConstraints(min_length=3, max_length=500)] = Field(
        description="For the audit log, which never forgets: without the person's name.",
    )
    confirm: str = Field(min_length=1, max_length=500)


class ErasedTable(CamelSchema):
    """The treatment of the rows of a table."""

    table: str
    rule: ErasureRule
    reason: str
    rows: int


class ErasedOut(CamelSchema):
    """An erasure."""

    person_id: int
    tables: list[ErasedTable]


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
