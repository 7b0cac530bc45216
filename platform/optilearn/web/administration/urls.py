"""Addresses of the administration."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from optilearn.web.administration import (
    calendar_views,
    log_views,
    message_views,
    people_views,
    service_views,
    settings_views,
)

_TEMPLATE: Final = "school/templates/<str:key>/<str:channel>/<str:locale>"

urls: Final[list[URLPattern]] = [
    path("people", people_views.people),
    path("people/<int:person_id>", people_views.person),
    path("people/<int:person_id>/act-as", people_views.act_as),
    path("people/<int:person_id>/sign-out", people_views.sign_out_everywhere),
    path("people/<int:person_id>/export", people_views.export),
    path("people/<int:person_id>/erase", people_views.erase),
    path("school", settings_views.settings),
    path("school/calendar", calendar_views.calendar),
    path("school/attributes", settings_views.attributes),
    path("school/attributes/<int:attribute_id>", settings_views.relabel),
    path("school/templates", message_views.templates),
    path(_TEMPLATE, message_views.template),
    path(f"{_TEMPLATE}/preview", message_views.preview),
    path(f"{_TEMPLATE}/change", message_views.change),
    path("school/deliveries", log_views.delivery_log),
    path("school/deliveries/replay", log_views.replay_deliveries),
    path("school/deliveries/<int:delivery_id>", log_views.delivery),
    path("school/addresses", log_views.suppressed),
    path("school/addresses/<int:address_id>/lift", log_views.lift),
    path("school/audit", log_views.audit_log),
    path("school/tokens", service_views.tokens),
    path("school/tokens/<int:token_id>/revoke", service_views.revoke),
    path("school/privacy", service_views.privacy),
    path("school/health", service_views.health),
]
