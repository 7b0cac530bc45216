"""The addresses of schedules."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.schedules import actions, editing, views

urls: Final[list[URLPattern]] = [
    path("schedules", views.schedule_list),
    path("schedules/new", editing.new),
    path("schedules/received", views.received_list),
    path("schedules/received/<int:delivery_id>/<str:form>", views.received_file),
    path("schedules/<int:schedule_id>", views.schedule_detail),
    path("schedules/<int:schedule_id>/edit", editing.edit),
    path("schedules/<int:schedule_id>/run", actions.run_now),
    path("schedules/<int:schedule_id>/test", actions.send_test),
    path("schedules/<int:schedule_id>/pause", actions.pause),
    path("schedules/<int:schedule_id>/resume", actions.resume),
    path("schedules/<int:schedule_id>/take-over", actions.take_over),
    path("schedules/<int:schedule_id>/delete", actions.delete),
    path("schedules/<int:schedule_id>/runs/<int:run_id>", views.run_detail),
    path(
        "schedules/<int:schedule_id>/runs/<int:run_id>/again/<int:delivery_id>",
        actions.send_again,
    ),
    path("run/schedule-preview", editing.preview),
]
