"""The addresses of the library: lists, and what can be done with a saved item.

The actions are alike for reports and dashboards; each stands under the address of its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.urls import URLPattern, path

from optilearn.web.library import item_views, list_views, transfer_views, version_views
from optilearn.web.library.items import BASES

_ACTIONS: Final = {
    "favorite": item_views.favorite,
    "duplicate": item_views.duplicate,
    "share": item_views.share,
    "owner": item_views.owner,
    "uses": item_views.uses,
    "delete": item_views.delete,
    "publish": version_views.publish,
    "versions": version_views.versions,
    "versions/compare": version_views.compare,
    "versions/<int:number>/restore": version_views.restore,
}


def _actions() -> Iterator[URLPattern]:
    for base in BASES:
        for name, view in _ACTIONS.items():
            yield path(f"{base[1:]}/<int:item_id>/{name}", view, {"base": base})


urls: Final[list[URLPattern]] = [
    path("reports", list_views.report_list),
    path("reports/templates", list_views.templates),
    path("reports/export", transfer_views.export),
    path("reports/import", transfer_views.import_items),
    *_actions(),
]
