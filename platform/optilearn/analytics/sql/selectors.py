"""Reads for analysts: what SQL can read of a snapshot."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from optilearn.analytics.auditing import refused
from optilearn.analytics.services import scope_of
from optilearn.analytics.sql.policies import masks_people, require_analyst
from optilearn.analytics.sql.services import snapshot_at
from optilearn.core.access.principal import Principal
from reports import api as reports
from reports.errors import ReportError


def sql_schema(principal: Principal, as_of: str | None) -> dict[str, Any]:
    """The views of a snapshot and their columns, in the reader's language.

    Raises ``AppError``: FORBIDDEN, REPORT_INVALID for a snapshot that isn't there.
    """
    require_analyst(principal)
    try:
        snapshot = snapshot_at(as_of)
        views = reports.sql_views(snapshot, scope_of(principal), masks=masks_people(principal))
    except ReportError as error:
        raise refused(error) from error
    return views.to_wire(gettext)
