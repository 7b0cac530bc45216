"""The reader's own things: language, theme, session, notifications."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from optilearn.core.access.policies import not_found
from optilearn.core.access.resolver import ACTING_COOKIE
from optilearn.core.errors import AppError
from optilearn.notifications.inbox import selectors as inbox
from optilearn.notifications.inbox import services as inbox_services
from optilearn.notifications.inbox.schemas import InboxQuery
from optilearn.notifications.preferences import selectors as preference_selectors
from optilearn.notifications.preferences import services as preference_services
from optilearn.notifications.preferences.schemas import PreferencesIn
from optilearn.people import services as people
from optilearn.people.signout import expire_session_cookies
from optilearn.web.frame import THEME_COOKIE
from optilearn.web.pages import (
    WebRequest,
    flash,
    is_own_path,
    page,
    parse,
    problems_in,
    redirect_to,
    show,
)
from optilearn.web.tables import page_number, pager

_YEAR: Final = 365 * 86_400
_PER_PAGE: Final = 25


def _back(request: HttpRequest) -> HttpResponse:
    path = request.POST.get("next", "/")
    return redirect_to(path if is_own_path(path) else "/")


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    response = _back(request)
    response.set_cookie(
        cookie, value, max_age=_YEAR, secure=not settings.DEBUG, samesite="Lax", httponly=True
    )
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language that the reader chose, on this device."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return _back(request)
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, chosen)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, on this device; anything else: as the system has it."""
    chosen = request.POST.get("theme", "")
    return _remember(request, THEME_COOKIE, chosen if chosen in {"light", "dark"} else "")


@require_POST
@page
def sign_out(request: WebRequest) -> HttpResponse:
    """End this session."""
    people.end_session(principal=request.principal)
    response = redirect_to("/sign-in" if settings.DEBUG else settings.SIGN_IN_URL)
    expire_session_cookies(request, response)
    return response


@require_POST
@page
def stop_acting(request: WebRequest) -> HttpResponse:
    """Be yourself again."""
    if request.principal.actor_id is None:
        raise not_found()
    people.stop_acting(principal=request.principal, token=request.COOKIES.get(ACTING_COOKIE, ""))
    response = redirect_to("/")
    response.delete_cookie(ACTING_COOKIE, samesite="Lax")
    return response


@require_safe
@page
def notifications(request: WebRequest) -> HttpResponse:
    """The messages of the reader, the newest first."""
    number = page_number(request)
    only_new = request.GET.get("new") == "1"
    query = InboxQuery(page=number, limit=_PER_PAGE, unread_only=only_new)
    rows, total = inbox.inbox(request.principal, query, language=get_language() or "")
    context = {
        "rows": rows,
        "only_new": only_new,
        "pager": pager(request, total=total, page=number, per_page=_PER_PAGE),
        "chapter": "notifications",
    }
    return show(request, "web/account/notifications.html", context)


@require_POST
@page
def mark_read(request: WebRequest) -> HttpResponse:
    """Mark all messages as read."""
    inbox_services.mark_read(principal=request.principal)
    return redirect_to("/notifications")


@require_POST
@page
def open_message(request: WebRequest, message_id: int) -> HttpResponse:
    """Mark a message as read and go to the page that it links to, if that is ours."""
    if request.principal.actor_id is None:
        inbox_services.mark_read(principal=request.principal, ids=[message_id])
    return redirect_to(_own_page(request.POST.get("url", "")) or "/notifications")


def _own_page(url: str) -> str:
    """Return the path of a page of ours that an address leads to; empty for any other."""
    try:
        address = urlsplit(url)
    except ValueError:  # no address at all
        return ""
    path = address.path + (f"?{address.query}" if address.query else "")
    own = not address.netloc or address.netloc == urlsplit(settings.APP_URL).netloc
    return path if own and is_own_path(path) else ""


@page
def preferences(request: WebRequest) -> HttpResponse:
    """Choose which notifications come, by which way, and when."""
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        try:
            change = parse(PreferencesIn, _change(request))
            preference_services.change_preferences(principal=request.principal, change=change)
        except AppError as error:
            problems = problems_in(error) or [{"message": error.message}]
        else:
            flash(request, _("Notification settings saved."))
            return redirect_to("/settings/notifications")
    context = {
        "found": _shown(preference_selectors.preferences(request.principal)),
        "problems": problems,
        "frequencies": [
            ("IMMEDIATE", _("At once")),
            ("DAILY", _("Daily digest")),
            ("WEEKLY", _("Weekly digest")),
            ("NEVER", _("Never")),
        ],
        "hours": range(24),
        "weekdays": [
            (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")),
            (5, _("Friday")), (6, _("Saturday")), (7, _("Sunday")),
        ],
        "chapter": "notifications",
    }  # fmt: skip
    status = 422 if problems else 200
    return show(request, "web/account/preferences.html", context, status=status)


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    """Return the preferences with a box for each channel of each kind."""
    names = (("email", _("E-mail")), ("push", _("Push")), ("inApp", _("In the app")))
    categories = [
        {
            "label": category["label"],
            "keys_": [
                key | {"boxes": [(c, name, key["channels"][c]) for c, name in names]}
                for key in category["keys"]
            ],
        }
        for category in found["categories"]
    ]
    return found | {"categories": categories}


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2


def _change(request: WebRequest) -> dict[str, Any]:
    """Return what the form asks to change: what differs from what is in force."""
    now = preference_selectors.preferences(request.principal)
    sent = request.POST
    keys = []
    listed = set(sent.getlist("key"))  # a box that isn't sent is off, if its row was in the form
    for known in (key for category in now["categories"] for key in category["keys"]):
        name = known["key"]
        if name not in listed:
            continue
        wanted: dict[str, Any] = {}
        if known["canDisable"]:
            on = {c: f"{name}:{c}" in sent for c in ("email", "push", "inApp")}
            changed = {c: value for c, value in on.items() if value != known["channels"][c]}
            if changed:
                wanted["channels"] = changed
        frequency = sent.get(f"{name}:frequency", known["frequency"])
        if known["canChangeFrequency"] and frequency != known["frequency"]:
            wanted["frequency"] = frequency
        if wanted:
            keys.append({"key": name, **wanted})
    digest = {n: int(sent[n]) for n in ("hour", "weekday") if _is_small(sent.get(n, ""))}
    quiet = {"enabled": "quiet" in sent, "start": sent.get("start"), "end": sent.get("end")}
    return {"keys": keys, "digest": digest, "quietHours": quiet}
