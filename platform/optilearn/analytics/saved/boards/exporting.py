"""Files of dashboards, as a page asks for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from optilearn.analytics.exports.services import ExportRequest, create_export
from optilearn.analytics.models import ExportJob
from optilearn.analytics.saved.boards.choices import Choices
from optilearn.analytics.saved.boards.model import Board
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from reports.api import BOOK_FORMATS

_WITHOUT_FILE: Final = (ExportJob.Status.FAILED, ExportJob.Status.CANCELED)


def export_board(
    *,
    principal: Principal,
    board: Board,
    choices: Choices,
    as_of: str | None,
    form: str,
    client_id: UUID,
) -> int:
    """Begin a file of a dashboard with the reader's choices; return the export's id.

    Sent again with its ``client_id`` it is the same one, unless that failed or was canceled.

    Raises ``AppError``: VALIDATION_ERROR for a format that can't hold a dashboard, and as
    ``exports.services.create_export`` does.
    """
    wanted = next((known for known in BOOK_FORMATS if known.value == form), None)
    if wanted is None:
        raise AppError(ErrorCode.VALIDATION_ERROR, _("Use xlsx or pdf."))
    source: dict[str, Any] = {"dashboard": board.key}
    if choices.filters:
        source["filters"] = dict(choices.filters)
    if choices.cross is not None:
        source["crossFilter"] = {"tile": choices.cross.tile, **choices.cross.condition}
    if as_of is not None:
        source["asOf"] = as_of
    request = ExportRequest(client_id=client_id, source=source, form=wanted, name=board.title)
    job_id = create_export(principal=principal, request=request)
    if not ExportJob.objects.filter(pk=job_id, status__in=_WITHOUT_FILE).exists():
        return job_id
    return create_export(principal=principal, request=replace(request, client_id=uuid4()))
