"""The page behind List-Unsubscribe (RFC 2369, RFC 8058)."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from optilearn.notifications.unsubscribing import services
from optilearn.notifications.unsubscribing.services import Subscription

_TEMPLATE: Final = "notifications/unsubscribe.html"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is a key
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what can be turned off (GET, which changes nothing: scanners follow every link).

    POST turns it off and answers 200, never a redirect. Mail programs post
    ``List-Unsubscribe=One-Click``, as a form or in parts; the page's buttons post ``what``.
    """
    subscription = services.subscription_of(token)
    if subscription is None:
        return _page(request, None, "unknown", status=404)
    done = ""
    if request.method == "POST":
        done = _changed(subscription, _wanted(request))
    elif subscription.is_off:
        done = "key"
    if not subscription.definition.can_disable:
        done = "locked"
    return _page(request, subscription, done)


def _wanted(request: HttpRequest) -> str:
    """Return the action that a button posted; any other request is a one-click unsubscribe.

    Mail programs send all sorts of charsets, some of which Django refuses to read. A post to this
    URL still means that its sender wants no more of these e-mails.
    """
    try:
        return request.POST.get("what", "key")
    except (BadRequest, MultiPartParserError, SuspiciousOperation):
        return "key"


def _changed(subscription: Subscription, what: str) -> str:
    if what == "again" and subscription.definition.can_disable:
        services.subscribe_again(subscription)
        return "again"
    is_category = what == "category"
    services.unsubscribe(subscription, whole_category=is_category)
    return "category" if is_category else "key"


def _page(
    request: HttpRequest, subscription: Subscription | None, state: str, *, status: int = 200
) -> HttpResponse:
    """Render the page in the reader's language, else in the browser's."""
    locale = subscription.locale if subscription else ""
    language = locale if _is_known(locale) else translation.get_language_from_request(request)
    with translation.override(language):
        response = render(
            request, _TEMPLATE, {"subscription": subscription, "state": state}, status=status
        )
    for name, value in _HEADERS.items():
        response[name] = value
    response["Content-Language"] = language
    return response


def _is_known(locale: str) -> bool:
    return bool(locale) and translation.check_for_language(locale)
