"""Reports as code: many saved items at once, as canonical JSON documents."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.analytics.saved.code.documents import documents_of
from optilearn.analytics.saved.code.importing import import_documents
from optilearn.analytics.saved.schemas.code import DocumentOut, ExportQuery, ImportIn, StepOut
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals

router = Router(tags=["Saved items"], by_alias=True)


@router.get(
    "/saved-items/export",
    response={200: Envelope[list[DocumentOut]], **refusals(400)},
    operation_id="exportSavedItems",
)
def export(request: HttpRequest, query: Query[ExportQuery]) -> HttpResponse:
    """Export items as documents, in the order of their keys; the same items give the same bytes.

    Those that the caller may not read are left out.
    """
    return answer(documents_of(principal_of(request), query.ids or None))


@router.post(
    "/saved-items/import",
    response={200: Envelope[list[StepOut]], **refusals(400, 409, 422, 503)},
    operation_id="importSavedItems",
)
def import_items(request: HttpRequest, sent: ImportIn) -> HttpResponse:
    """Import documents: new keys become items of the caller's own, known ones new versions.

    First as a dry run, unless `dryRun` is false. Then all are imported or, with a 409, none.
    """
    steps = import_documents(
        principal=principal_of(request),
        documents=[item.document() for item in sent.items],
        dry_run=sent.dry_run,
    )
    return answer([step.to_wire() for step in steps])
