"""The addresses of dashboards."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.boards import edit_views, list_views, run_views, views

urls: Final[list[URLPattern]] = [
    path("dashboards", list_views.board_list),
    path("dashboards/new", list_views.new_board),
    path("dashboards/<str:key>", views.board),
    path("dashboards/<str:key>/grid.css", views.grid),
    path("dashboards/<str:key>/copy", list_views.copy_board),
    path("dashboards/<str:key>/export", views.export),
    path("dashboards/<int:item_id>/edit", edit_views.edit),
    path("dashboards/<int:item_id>/tiles", edit_views.add),
    path("run/board/options/<str:name>", run_views.options),
    path("run/board/preview", run_views.preview),
    path("run/board/<str:key>", run_views.run),
    path("run/board/<str:key>/tiles/<str:tile>", run_views.run_tile),
]
