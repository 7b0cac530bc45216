"""Writing a schedule: the form, its preview, saving."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.listing import items_list
from optilearn.analytics.saved.schemas.items import ItemQuery
from optilearn.analytics.schedules import selectors, services
from optilearn.analytics.schedules.delivering import TEXT_NAMES
from optilearn.analytics.schedules.previewing import preview_schedule, preview_times
from optilearn.analytics.schedules.schemas import ScheduleChange, ScheduleIn, Timing
from optilearn.core.access.policies import STAFF
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.people.selectors import classes
from optilearn.web import formatting
from optilearn.web.pages import (
    WebRequest,
    flash,
    page,
    parse,
    placed,
    problems_in,
    redirect_to,
    show,
)
from optilearn.web.schedules import words
from optilearn.web.schedules.filters import item_of, ranges, shown_fields
from optilearn.web.schedules.form import (
    Draft,
    draft_of,
    draft_of_stored,
    dumped,
    field_of,
)

Row = dict[str, Any]
_FORMATS: Final = {
    "REPORT": ("xlsx", "pdf", "csv", "parquet", "json"),
    "DASHBOARD": ("xlsx", "pdf"),
}
_FRESH: Final = frozenset({ErrorCode.NOT_FOUND, ErrorCode.SERVICE_UNAVAILABLE})


@page(roles=STAFF)
def new(request: WebRequest) -> HttpResponse:
    """An empty form, or one that was sent."""
    if request.method == "POST":
        return _posted(request, None)
    chosen = request.GET.get("report") or request.GET.get("dashboard") or ""
    item = _item(request, chosen)
    draft = Draft(item_id=chosen if item else "", name=item["name"] if item else "", me=True)
    return _form(request, draft, item, schedule=None)


@page(roles=STAFF)
def edit(request: WebRequest, schedule_id: int) -> HttpResponse:
    """The form of a schedule that is there."""
    row = selectors.schedule_detail(request.principal, schedule_id)
    if request.method == "POST":
        return _posted(request, row)
    item = _item(request, str(row["item"]["id"]))
    return _form(request, draft_of_stored(row, request.principal, item), item, schedule=row)


@page(roles=STAFF)
def preview(request: WebRequest) -> HttpResponse:
    """The rule in words, the next runs, and who would get what: nothing is saved."""
    draft, _missing = _draft(request).resolved()
    context: Row = {"nav": "schedules", "words": "", "runs": [], "plan": None, "problem": ""}
    try:
        timing = parse(Timing, draft.timing(_today()))
        times = preview_times(timing.model_dump())
        context |= {"words": times["words"][_language()], "runs": times["nextRuns"]}
        sent = draft.data(request.principal, _today())
        sent.pop("version", None)  # of the schedule that is changed: a preview saves nothing
        wanted = parse(ScheduleIn, sent)
        plan = preview_schedule(principal=request.principal, wanted=wanted.to_values())
        context["plan"] = plan | {
            "missing": _missing_names(plan["notFound"]),
            "emptyText": words.empty_count(plan["empty"], wanted.on_empty),
        }
    except AppError as error:
        problems = problems_in(error)
        context["problem"] = _first(draft, problems) or error.message
    return show(
        request, "web/schedules/preview.html", context, partial="web/schedules/_preview.html"
    )


def _first(draft: Draft, problems: list[dict[str, str]]) -> str:
    """Say what is missing for a preview, as a hint rather than an error."""
    if not draft.item_id:
        return _("Choose a report or dashboard to see who would get what.")
    if any(field_of(one["path"]) == "recipients" for one in problems):
        return _("Choose who gets it.")
    if not problems:
        return ""
    return " ".join(filter(None, (problems[0]["message"], problems[0]["hint"])))


def _missing_names(names: list[str]) -> list[str]:
    return [str(words.ROLES.get(name, name)) for name in names]


def _posted(request: WebRequest, schedule: Row | None) -> HttpResponse:
    """Save what was sent, or show it again with what is wrong."""
    draft, missing = _draft(request).resolved()
    item = _item(request, draft.item_id)
    action = request.POST.get("do", "save")
    if action.startswith("remove-"):
        people = tuple(one for one in draft.people if f"remove-{one.id}" != action)
        return _form(request, replace(draft, people=people), item, schedule=schedule)
    problems = [
        {"path": "/recipients", "message": _("Nobody has the code or address “%s”.") % text}
        for text in missing
    ]
    if action in {"add", "item"} or problems:
        status = 422 if problems else 200
        return _form(request, draft, item, schedule=schedule, problems=problems, status=status)
    try:
        saved = _save(request, draft, schedule)
    except AppError as error:
        if error.code in _FRESH:
            raise
        found = problems_in(error) or [{"path": "", "message": error.message}]
        return _form(request, draft, item, schedule=schedule, problems=found, status=422)
    if action == "test":
        services.test_schedule(principal=request.principal, schedule_id=saved)
        flash(request, _("Schedule saved. A test is on its way to you, within a minute."))
    else:
        flash(request, _("Schedule saved."))
    return redirect_to(f"/schedules/{saved}")


def _save(request: WebRequest, draft: Draft, schedule: Row | None) -> int:
    principal = request.principal
    data = draft.data(principal, _today())
    if schedule is None:
        data.pop("version", None)
        wanted = parse(ScheduleIn, data)
        return services.create_schedule(principal=principal, wanted=wanted.to_values())
    change = parse(ScheduleChange, data)
    services.update_schedule(
        principal=principal, schedule_id=schedule["id"], wanted=change.to_values()
    )
    return int(schedule["id"])


def _draft(request: WebRequest) -> Draft:
    return draft_of(request.POST, _item(request, request.POST.get("item", "")))


def _item(request: WebRequest, item_id: str) -> Row | None:
    """The report or dashboard; None for one that isn't the reader's to read."""
    try:
        return item_of(request.principal, item_id)
    except AppError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return None


def _form(
    request: WebRequest,
    draft: Draft,
    item: Row | None,
    *,
    schedule: Row | None,
    problems: list[Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    kind = item["kind"] if item else "REPORT"
    may_send = selectors.sends_to_others(request.principal)
    if item and not draft.name:
        draft = replace(draft, name=item["name"])
    context = {
        "nav": "schedules",
        "chapter": "schedules",
        "schedule": schedule,
        "draft": draft,
        "timing": draft.times,
        "item": item,
        "items": _items(request),
        "people": draft.chips(),
        "may_send": may_send,
        "roles": words.ROLES.items() if may_send else (),
        "classes": classes() if may_send else (),
        "formats": [(name, words.FORMATS[name]) for name in _FORMATS.get(kind, ())],
        "fields": shown_fields(item, draft.filters),
        "filters_more": dumped([dict(one) for one in draft.filters.more]),
        "ranges": ranges(),
        "week": _week(),
        "names": sorted(TEXT_NAMES),
        "is_split": kind == "REPORT",
        **placed(problems or [], field_of),
    }
    return show(request, "web/schedules/form.html", context, status=status)


def _items(request: WebRequest) -> list[Row]:
    """The reports and dashboards that can be sent, by kind."""
    query = ItemQuery.model_validate({"per_page": 100})
    groups = ((Kind.REPORT, _("Reports")), (Kind.DASHBOARD, _("Dashboards")))
    return [
        {"label": label, "rows": items_list(request.principal, kind, query)[0]}
        for kind, label in groups
    ]


def _week() -> list[tuple[str, str]]:
    """The days of the week in the reader's language, Monday first."""
    names = formatting.locale().days["format"]["abbreviated"]
    codes = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    return [(code, names[number]) for number, code in enumerate(codes)]


def _today() -> str:
    return now().astimezone(formatting.zone()).date().isoformat()


def _language() -> str:
    return "hi" if (get_language() or "").startswith("hi") else "en"
