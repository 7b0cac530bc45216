"""The API of saved reports, dashboards and queries."""

from __future__ import annotations

from ninja import Router

from optilearn.analytics.saved.api import code, dashboards, items, queries, reports

router = Router(by_alias=True)
for part in (code, items, reports, dashboards, queries):
    router.add_router("", part.router)
