"""A total explained: each step with its numbers, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.selectors.setup import UNGROUPED, CourseSetup
from optilearn.assessment.gradebook.selectors.sheets import ItemMark, Sheet
from optilearn.assessment.gradebook.totals.calculation import GroupTotal, Total, points_of

Step = dict[str, Any]
"""``{code, text, assignmentId, groupId}``; the ids are null where a step is about neither."""

_WHOLE: Final = Decimal(100)


def steps_of(setup: CourseSetup, sheet: Sheet, total: Total, *, is_final: bool) -> list[Step]:
    """Explain a total of a sheet: marks that aren't plain, what is dropped, groups, the sum.

    A mark that simply counts has no step.
    """
    return [
        *_marks(setup, sheet, is_final=is_final),
        *_groups(setup, total),
        *_sum(setup, total),
    ]


def _step(code: str, text: str, assignment: int | None = None, group: int | None = None) -> Step:
    return {"code": code, "text": text, "assignmentId": assignment, "groupId": group}


def _marks(setup: CourseSetup, sheet: Sheet, *, is_final: bool) -> Iterator[Step]:
    for item in setup.items:
        mark = sheet.marks[item.id]
        names = {"title": item.title, "possible": _plain(item.possible)}
        if not item.counts:
            yield _step("NOT_COUNTED", _("%(title)s isn't part of the total.") % names, item.id)
        elif mark.is_excused:
            yield _step("EXCUSED", _("%(title)s is excused.") % names, item.id)
        elif mark.points is None:
            text = (
                _("%(title)s isn't graded: 0 of %(possible)s.")
                if is_final
                else _("%(title)s isn't graded yet and is left out.")
            )
            yield _step("UNGRADED", text % names, item.id)
        else:
            yield from _graded(mark, names)


def _graded(mark: ItemMark, names: dict[str, str]) -> Iterator[Step]:
    words = names | {
        "points": _plain(mark.points or Decimal(0)),
        "raw": _plain(mark.raw or Decimal(0)),
        "deducted": _plain(mark.deducted),
    }
    if mark.is_missing:
        text = _("%(title)s is missing: %(points)s of %(possible)s.")
        yield _step("MISSING", text % words, mark.assignment_id)
    elif mark.deducted:
        text = _("%(title)s was late: %(raw)s less %(deducted)s is %(points)s of %(possible)s.")
        yield _step("LATE", text % words, mark.assignment_id)


def _groups(setup: CourseSetup, total: Total) -> Iterator[Step]:
    names = {group.id: group.name for group in setup.groups}
    titles = {item.id: item.title for item in setup.items}
    for part in total.groups:
        key = part.group.key
        named = names.get(key, _("No group"))
        for assignment in part.dropped.lowest:
            text = _("%(title)s is dropped as one of the lowest in %(group)s.")
            words = {"title": titles[assignment], "group": named}
            yield _step("DROPPED_LOWEST", text % words, assignment, key or None)
        for assignment in part.dropped.highest:
            text = _("%(title)s is dropped as one of the highest in %(group)s.")
            words = {"title": titles[assignment], "group": named}
            yield _step("DROPPED_HIGHEST", text % words, assignment, key or None)
        if part.ratio is not None or part.points:
            yield _group(part, named, is_weighted=setup.is_weighted)


def _group(part: GroupTotal, named: str, *, is_weighted: bool) -> Step:
    key = part.group.key
    words = {
        "group": named,
        "points": _plain(points_of(part.points)),
        "possible": _plain(points_of(part.possible)),
        "percent": _percent(part),
        "weight": _plain(part.group.weight),
    }
    if not is_weighted:
        text = _("%(group)s: %(points)s of %(possible)s.")
        return _step("GROUP", text % words, group=key or None)
    if part.ratio is None:
        text = _("%(group)s has points, but nothing is possible in it: it is left out.")
        return _step("GROUP_LEFT_OUT", text % words, group=key or None)
    if key == UNGROUPED or not part.group.weight:
        text = _("%(group)s has no weight: %(percent)s %% don't count.")
        return _step("GROUP_LEFT_OUT", text % words, group=key or None)
    text = _("%(group)s: %(points)s of %(possible)s is %(percent)s %%, weight %(weight)s %%.")
    return _step("GROUP", text % words, group=key)


def _sum(setup: CourseSetup, total: Total) -> Iterator[Step]:
    if total.percent is None:
        yield _step("NOTHING", _("Nothing counts yet, so there is no total."))
        return
    if setup.is_weighted and total.weights < _WHOLE:
        text = _("The weights used are %(weights)s %%: the total is scaled up to 100 %%.")
        yield _step("SCALED", text % {"weights": _plain(total.weights)})
    text = _("The total is %(percent)s %%: %(letter)s.")
    yield _step("TOTAL", text % {"percent": str(total.percent), "letter": total.letter or "–"})


def _plain(number: Decimal) -> str:
    """A number without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(part: GroupTotal) -> str:
    if part.ratio is None:
        return "–"
    exact = Decimal(part.ratio.numerator) / Decimal(part.ratio.denominator) * 100
    return _plain(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
