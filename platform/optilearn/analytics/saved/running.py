"""Running saved reports: under the reader's scope, narrowed by the reader's filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from optilearn.analytics import services as questions
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.content import locked_places, narrowed
from optilearn.analytics.saved.selectors import ItemRow, readable_item
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

_RUN_MINUTES: Final = timedelta(minutes=1)
"""The last run is written to the minute, so that a report that many read isn't many writes."""


@dataclass(frozen=True)
class Choice:
    """A reader's choices: conditions of the report language, an earlier snapshot, a comparison."""

    filters: list[dict[str, Any]] = field(default_factory=list)
    as_of: str | None = None
    compare: Mapping[str, Any] | None = None
    run_id: UUID | None = None


def run_saved_report(*, principal: Principal, item_id: int, choice: Choice) -> bytes:
    """The answer as the JSON of ``data``, as ``analytics.services.answer_report`` gives it.

    Raises ``AppError``: NOT_FOUND; REPORT_INVALID with places under ``/definition`` for a report
    that the catalog refuses, under ``/filters`` for the reader's.
    """
    return answer_saved_report(principal=principal, item_id=item_id, choice=choice).data


def answer_saved_report(*, principal: Principal, item_id: int, choice: Choice) -> questions.Answer:
    """As :func:`run_saved_report`, with the canonical definition, which a chart needs."""
    item = readable_item(principal, item_id, SavedItem.Kind.REPORT)
    definition = chosen_definition(item.body, choice)
    with _placed(item):
        answer = questions.answer_question(
            principal=principal,
            definition=definition,
            run_id=choice.run_id,
            saved_item_id=item_id,
        )
    note_run(item)
    return answer


def saved_definition(*, principal: Principal, item_id: int, choice: Choice) -> dict[str, Any]:
    """The definition that a run of a saved report asks. Raises as :func:`run_saved_report`."""
    item = readable_item(principal, item_id, SavedItem.Kind.REPORT)
    return chosen_definition(item.body, choice)


def explain_saved_report(*, principal: Principal, item_id: int, choice: Choice) -> dict[str, Any]:
    """The report in words with the reader's filters. Raises as :func:`run_saved_report`."""
    item = readable_item(principal, item_id, SavedItem.Kind.REPORT)
    definition = chosen_definition(item.body, choice)
    with _placed(item):
        return questions.explain_report(principal=principal, definition=definition)


def chosen_definition(body: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    """The definition of a report with a reader's choices in it.

    Its own filters are locked; the reader's are further conditions, on the fields that its author
    opened. Raises ``AppError`` REPORT_INVALID with each filter that isn't allowed.
    """
    _check_filters(body, choice.filters)
    definition = narrowed(body["definition"], choice.filters)
    if choice.as_of is not None:
        definition["asOf"] = choice.as_of
    if choice.compare is not None:
        definition["compare"] = dict(choice.compare)
    return definition


def note_run(item: ItemRow) -> None:
    """Remember that the item was run."""
    moment = clock.now()
    if item.last_run_at is None or item.last_run_at < moment - _RUN_MINUTES:
        SavedItem.objects.filter(pk=item.id).update(last_run_at=moment)


def _check_filters(body: Mapping[str, Any], conditions: list[dict[str, Any]]) -> None:
    allowed = body.get("readerFilters", [])
    problems = [
        _locked(f"/filters/{number}/{place}", allowed)
        for number, condition in enumerate(conditions)
        for place in locked_places(condition, allowed)
    ]
    if problems:
        raise AppError(ErrorCode.REPORT_INVALID, problems[0]["message"], problems)


def _locked(path: str, allowed: list[str]) -> dict[str, str]:
    hint = _("You can filter by: {names}.").format(names=", ".join(allowed))
    return {
        "path": path,
        "code": "FILTER_LOCKED",
        "message": _("This report can't be filtered by that."),
        "hint": hint if allowed else _("Its author opened no filters."),
    }


def own_filters(body: Mapping[str, Any]) -> int:
    """The number of filters that a report has by itself; of a draft they may be anything."""
    filters = body["definition"].get("filters")
    return len(filters) if isinstance(filters, list) else 0


@contextmanager
def _placed(item: ItemRow) -> Iterator[None]:
    """Give each problem the place in what was sent, or else in the report's definition."""
    try:
        yield
    except AppError as error:
        if error.code is ErrorCode.REPORT_INVALID and isinstance(error.details, list):
            own = own_filters(item.body)
            for problem in error.details:
                problem["path"] = _place(problem["path"], own)
        raise


def _place(path: str, own: int) -> str:
    """``/filters/3`` of a report with two filters is the reader's second; the rest is its own."""
    _empty, *steps = path.split("/")
    if steps[:1] == ["filters"] and steps[1:2] and steps[1].isdigit():
        number = int(steps[1])
        if number >= own:
            return "/".join(["/filters", str(number - own), *steps[2:]])
    return path if steps[:1] in (["asOf"], ["compare"]) else f"/definition{path}"
