"""The addresses of all pages."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path, re_path

from optilearn.web.account.urls import urls as account
from optilearn.web.administration.urls import urls as administration
from optilearn.web.alerts.urls import urls as alerts
from optilearn.web.boards.urls import urls as boards
from optilearn.web.builder.urls import urls as builder
from optilearn.web.data.urls import urls as data
from optilearn.web.error_views import favicon, not_found
from optilearn.web.exports.urls import urls as exports
from optilearn.web.help.urls import urls as chapters
from optilearn.web.home.urls import urls as home
from optilearn.web.library.urls import urls as library
from optilearn.web.schedules.urls import urls as schedules
from optilearn.web.sql.urls import urls as sql

urls: Final[list[URLPattern]] = [
    *home,
    *library,
    *builder,
    *boards,
    *schedules,
    *alerts,
    *exports,
    *data,
    *sql,
    *administration,
    *chapters,
    *account,
    path("favicon.ico", favicon),
    re_path(r"^.*$", not_found),  # our own page, in development too
]
