"""The school's calendar: a year with its terms and holidays, and forms that change them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optilearn.analytics.schedules.selectors import waiting_for_terms
from optilearn.core.access.policies import ADMINS
from optilearn.core.errors import AppError
from optilearn.institutions import selectors, services
from optilearn.institutions.schemas import InstitutionChange
from optilearn.web import formatting
from optilearn.web.administration.sections import school
from optilearn.web.administration.settings_views import problems_of, weekdays
from optilearn.web.pages import WebRequest, flash, page, parse, redirect_to, show

Row = dict[str, Any]


@page(roles=ADMINS)
def calendar(request: WebRequest) -> HttpResponse:
    """Show a year with its terms and holidays, and change either of them."""
    problems: list[dict[str, str]] = []
    found = selectors.institution_detail(request.principal.institution_id)
    codes = {term["code"] for term in found["terms"]}
    shown: dict[str, list[Row]] = {"terms": found["terms"], "holidays": found["holidays"]}
    if request.method == "POST":
        part = "terms" if request.POST.get("part") == "terms" else "holidays"
        shown[part] = _terms_sent(request) if part == "terms" else _holidays_sent(request)
        try:
            _save(request, part, shown[part])
        except AppError as error:
            problems = [one | {"href": f"#{part}"} for one in problems_of(error)]
        else:
            flash(request, _saved_text(part))
            return redirect_to(request.get_full_path())
    year = _year(request)
    context = {
        "problems": problems,
        "terms": [term | {"isNew": term["code"] not in codes} for term in shown["terms"]],
        "holidays": shown["holidays"],
        "year": year,
        "months": _months(year, found, found["firstWeekday"]),
        "days": [name[:2] for _n, name in _rotated(found["firstWeekday"])],
    }
    return show(
        request,
        "web/administration/calendar.html",
        school("calendar", context),
        status=422 if problems else 200,
    )


def _save(request: WebRequest, part: str, rows: list[Row]) -> None:
    """Save the terms or the holidays. Raises ``AppError``: VALIDATION_ERROR, CONFLICT."""
    remaining = [
        {name: value for name, value in row.items() if name != "isRemoved"}
        for row in rows
        if not row.get("isRemoved")
    ]
    change = parse(InstitutionChange, {part: remaining})
    values = change.model_dump(exclude_unset=True)
    services.update_institution(principal=request.principal, values=values)


def _saved_text(part: str) -> str:
    """Say what was saved, and which schedules have no run to come any more."""
    saved = _("Terms saved.") if part == "terms" else _("Holidays saved.")
    waiting = waiting_for_terms()
    if not waiting:
        return saved
    text = ngettext(
        "%(n)s schedule waits for a term to come.",
        "%(n)s schedules wait for a term to come.",
        waiting,
    )
    return f"{saved} {text % {'n': formatting.number(waiting)}}"


def _year(request: WebRequest) -> int:
    text = request.GET.get("year", "")
    is_year = len(text) == 4 and text.isascii() and text.isdecimal()
    return int(text) if is_year and int(text) > 1900 else formatting.today().year


def _rotated(first: int) -> list[tuple[int, str]]:
    days = weekdays()
    return days[first - 1 :] + days[: first - 1]


def _terms_sent(request: WebRequest) -> list[Row]:
    """Return the rows of the form that have something in them; a new term's code may be its name.

    What is to be removed stays, marked, so that it is there again where something else is wrong.
    """
    removed = set(request.POST.getlist("remove"))
    columns = (request.POST.getlist(n) for n in ("code", "name", "startsOn", "endsOn"))
    return [
        {"code": code.strip() or name.strip()[:50], "name": name.strip(), "startsOn": start,
         "endsOn": end, "isRemoved": bool(code) and code in removed}
        for code, name, start, end in zip(*columns, strict=False)
        if code.strip() or name.strip() or start or end
    ]  # fmt: skip


def _holidays_sent(request: WebRequest) -> list[dict[str, Any]]:
    """Return the rows of the form that have something in them."""
    names, starts, ends = (request.POST.getlist(n) for n in ("name", "startsOn", "endsOn"))
    return [
        {"name": name.strip(), "startsOn": start, "endsOn": end or start}
        for name, start, end in zip(names, starts, ends, strict=False)
        if name.strip() or start or end
    ]


def _months(year: int, found: dict[str, Any], first: int) -> list[dict[str, Any]]:
    """Return the months of a year: each a name, leading blanks and days with what they are."""
    names = formatting.locale().months["stand-alone"]["wide"]
    today = formatting.today()
    months = []
    for month in range(1, 13):
        count = monthrange(year, month)[1]
        begin = date(year, month, 1)
        days = [_day(begin + timedelta(days=n), found, today) for n in range(count)]
        blanks = range((begin.isoweekday() - first) % 7)
        months.append({"name": names[month], "blanks": blanks, "days": days})
    return months


def _day(day: date, found: dict[str, Any], today: date) -> dict[str, Any]:
    term = next((t for t in found["terms"] if t["startsOn"] <= day <= t["endsOn"]), None)
    free = next((h for h in found["holidays"] if h["startsOn"] <= day <= h["endsOn"]), None)
    kind = "holiday" if free else "term" if term else ""
    title = (
        (free["name"] or _("Holiday")) if free else (term["name"] or term["code"]) if term else ""
    )
    return {"number": day.day, "kind": kind, "title": title, "today": day == today}
