"""The names of charts, roles and readers, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def chart_name(kind: str) -> str:
    """The name of a type of chart; empty for none."""
    names = {
        "table": _("Table"),
        "kpi": _("Key figure"),
        "line": _("Line"),
        "area": _("Area"),
        "bar": _("Bars"),
        "stackedBar": _("Stacked bars"),
        "groupedBar": _("Grouped bars"),
        "pie": _("Pie"),
        "donut": _("Donut"),
        "scatter": _("Scatter"),
        "heatmap": _("Heatmap"),
        "histogram": _("Histogram"),
        "funnel": _("Funnel"),
        "cohort": _("Cohort"),
        "treemap": _("Treemap"),
        "gauge": _("Gauge"),
    }
    return names.get(kind, kind)


def role_names() -> dict[str, str]:
    """The names of the roles, of many people."""
    return {
        "ADMIN": _("Administrators"),
        "SUPER_ADMIN": _("Super administrators"),
        "PRINCIPAL": _("Principals"),
        "HOD": _("Heads of department"),
        "ANALYST": _("Analysts"),
        "TEACHER": _("Teachers"),
        "ADMISSIONS": _("Admissions staff"),
        "FINANCE": _("Finance staff"),
        "LIBRARIAN": _("Librarians"),
        "STUDENT": _("Students"),
        "PARENT": _("Parents"),
    }


def visibility_names() -> dict[str, str]:
    """The names of the readers of an item."""
    return {
        "PRIVATE": _("Only the owner"),
        "INSTITUTION": _("Everybody"),
        "ROLE": _("Some roles"),
    }


def audience_names() -> dict[str, str]:
    """The names of those whom templates are for."""
    return {
        "administrator": _("Administrators"),
        "head": _("Heads of department"),
        "teacher": _("Teachers"),
        "finance": _("Finance"),
        "parent": _("Students and parents"),
    }


def use_names() -> dict[str, tuple[str, str]]:
    """The name and address of what uses an item, by kind."""
    return {
        "DASHBOARD": (_("Dashboard"), "/dashboards/"),
        "SCHEDULE": (_("Schedule"), "/schedules/"),
        "ALERT": (_("Alert"), "/alerts/"),
    }
