"""The catalog as a reader sees it: in their language, with the institution's attributes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from optilearn.analytics.auditing import refused
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportError


def catalog_for_reader(*, entity: str | None, measures: tuple[str, ...]) -> dict[str, Any]:
    """All entities; with an ``entity`` to start from, also the dimensions that fit the measures.

    Raises ``AppError`` REPORT_INVALID for names that aren't there.
    """
    try:
        catalog = reports.catalog_of(newest_snapshot())
        answer = reports.describe(catalog, gettext)
        if entity is not None:
            answer["fits"] = {
                "entity": entity,
                "measures": list(measures),
                "dimensions": reports.fitting(catalog, entity, measures),
            }
    except ReportError as error:
        raise refused(error) from error
    return answer


def current_catalog() -> Catalog:
    """The catalog of the newest snapshot; before the first one, the product's own.

    Raises ``AppError`` SERVICE_UNAVAILABLE if the snapshot can't be read.
    """
    try:
        return reports.catalog_of(newest_snapshot())
    except ReportError as error:
        raise refused(error) from error
    except AppError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return reports.product_catalog(())


def published_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas that docs/ holds, by file name."""
    return {"report.schema": reports.schema(), "catalogue.schema": reports.catalog_schema()}
