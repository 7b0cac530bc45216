"""A person's own preferences."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.notifications.preferences import selectors, services
from optilearn.notifications.preferences.schemas import PreferencesIn, PreferencesOut

router = Router(tags=["Notifications"], by_alias=True)


@router.get(
    "/notifications/preferences",
    response={200: Envelope[PreferencesOut], **refusals()},
    operation_id="getNotificationPreferences",
)
def preferences(request: HttpRequest) -> HttpResponse:
    """Show your notifications: which, on which channels, and when."""
    return answer(selectors.preferences(principal_of(request)))


@router.patch(
    "/notifications/preferences",
    response={200: Envelope[PreferencesOut], **refusals(400)},
    operation_id="updateNotificationPreferences",
)
def change_preferences(request: HttpRequest, change: PreferencesIn) -> HttpResponse:
    """Change some of it; what isn't named stays."""
    principal = principal_of(request)
    services.change_preferences(principal=principal, change=change)
    return answer(selectors.preferences(principal))
