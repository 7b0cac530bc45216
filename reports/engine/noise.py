"""Notices about numbers with noise, and refusals of questions that noise can't answer.

How the noise is made is in :mod:`reports.compiler.perturbation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reports.catalog.model import Catalog, Pii
from reports.catalog.paths import Path
from reports.contracts import Column, Notice
from reports.errors import Problem, ReportInvalid
from reports.language.formulas import bases_of
from reports.language.report import Condition, Formula, MetricCondition, Report


def marked(columns: tuple[Column, ...], report: Report, catalog: Catalog) -> tuple[Column, ...]:
    """The columns of a report of groups, with a mark on those that have noise.

    The mark is part of the label, so that no surface can leave it out.
    """
    axes = columns[: report.group_count]
    measures = zip(columns[report.group_count :], report.measures, strict=True)
    return axes + tuple(
        replace(column, label=f"\u2248 {column.label}", is_perturbed=True)
        if _is_about_people(measure.formula, catalog)
        else column
        for column, measure in measures
    )


def noise_notices(columns: tuple[Column, ...], smallest: int) -> tuple[Notice, ...]:
    """That there is noise, and how much."""
    if not any(column.is_perturbed for column in columns):
        return ()
    text = (
        f"Numbers marked \u2248 have a little noise, so that nobody can be singled out: "
        f"a count of people is at most {(smallest - 1) // 2} off."
    )
    return (Notice("PERTURBED", text),)


def check_noise(report: Report, catalog: Catalog) -> None:
    """Refuse what would reveal numbers without their noise.

    A list of records can be counted, and the groups that a number chooses reveal that number.
    Raises :class:`~reports.errors.ReportInvalid`.
    """
    is_about_people = bool(catalog.by_key[report.entity].scope.person)
    if report.mode == "rows" and is_about_people:
        message = "Numbers have noise here, and a list of records could be counted."
        raise ReportInvalid([Problem("PERTURBED", "/mode", message, "Ask for groups instead.")])
    bases = [base for measure in report.measures for base in bases_of(measure.formula)]
    if is_about_people and not any(b.entity == report.entity and b.window is None for b in bases):
        message = "Numbers have noise here, and a list of groups could be counted."
        hint = f"Add a measure of {report.entity}."
        raise ReportInvalid([Problem("PERTURBED", "/measures", message, hint)])
    problems = [
        Problem(
            "PERTURBED",
            path,
            "Numbers have noise here, so people can't be filtered by name, code or id.",
            "Filter by a field that several people share.",
        )
        for path, condition in _conditions(report)
        if any(_identifies(p, catalog) for p in (condition.path, condition.other) if p)
    ]
    problems += [
        Problem(
            "PERTURBED",
            f"/filters/{place}",
            "Numbers have noise here, so rows can't be filtered by them.",
            "Filter by fields instead, or use having.",
        )
        for place, condition in enumerate(report.filters)
        if isinstance(condition, MetricCondition)
        and not is_about_people
        and _is_about_people(condition.measure.formula, catalog)
    ]
    if problems:
        raise ReportInvalid(problems)


def _conditions(report: Report) -> Iterator[tuple[str, Condition]]:
    """All conditions of a report, with their places."""
    for number, found in enumerate(report.filters):
        if isinstance(found, Condition):
            yield f"/filters/{number}", found
            continue
        bases = bases_of(found.measure.formula)
        yield from ((f"/filters/{number}/filters", c) for b in bases for c in b.conditions)
    for number, measure in enumerate(report.measures):
        bases = bases_of(measure.formula)
        yield from ((f"/measures/{number}/filters", c) for b in bases for c in b.conditions)


def _identifies(path: Path, catalog: Catalog) -> bool:
    """Return True if a field is one person's, or the key of a record about one."""
    owner = catalog.by_key[path.owner]
    is_key = path.field.column in owner.primary_key and bool(owner.scope.person)
    return path.field.pii is not Pii.NONE or is_key


def _is_about_people(formula: Formula, catalog: Catalog) -> bool:
    return any(catalog.by_key[base.entity].scope.person for base in bases_of(formula))
