"""Addresses of pages that don't exist yet, to which messages lead already.

Messages name the page that they are about, as the school's apps open it. Until the website has such
a page, its address leads to the nearest place. Who adds a page takes its row out of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from optilearn.web.pages import WebRequest, flash, page, redirect_to

HOME: Final = "/"
MESSAGES: Final = "/notifications"
STAND_INS: Final = (
    ("courses/<int:course_id>", HOME),
    ("courses/<int:course_id>/lessons/<int:lesson_id>", HOME),
    ("courses/<int:course_id>/assignments/<int:assignment_id>", HOME),
    ("courses/<int:course_id>/reviews/<int:review_id>", HOME),
    ("courses/<int:course_id>/discussions/<int:thread_id>", MESSAGES),
    ("teaching", HOME),
    ("teaching/courses/<int:course_id>/assignments/<int:assignment_id>", HOME),
    ("children", HOME),
    ("children/<int:child_id>", HOME),
    ("live/<int:session_id>", HOME),
    ("announcements/<int:announcement_id>", MESSAGES),
    ("messages/<int:thread_id>", MESSAGES),
    ("compliance/<int:requirement_id>", HOME),
    ("certificates/<int:certificate_id>", HOME),
    ("badges", HOME),
)
"""Each address with the place that it leads to meanwhile; a message's own text is in the list of
messages."""


def _leading_to(place: str) -> Callable[..., HttpResponse]:
    @require_safe
    @page
    def lead(request: WebRequest, /, **_ids: Any) -> HttpResponse:
        """Say that the page isn't there yet, and go to the nearest one."""
        flash(request, _("That page isn't on the website yet. This is the nearest one."))
        return redirect_to(place)

    view: Callable[..., HttpResponse] = lead
    return view


urls: Final[list[URLPattern]] = [path(route, _leading_to(place)) for route, place in STAND_INS]
