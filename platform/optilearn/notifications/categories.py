"""The categories' labels."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.notifications.definitions import Category, Label

LABELS: Final[dict[Category, Label]] = {
    Category.COURSES: _("Courses and enrollment"),
    Category.DEADLINES: _("Assignments and deadlines"),
    Category.GRADES: _("Grades and feedback"),
    Category.LIVE: _("Live classes"),
    Category.COMMUNITY: _("Community"),
    Category.RECOGNITION: _("Recognition"),
    Category.REENGAGEMENT: _("Reminders to come back"),
    Category.TEACHING: _("Teaching"),
    Category.PARENTS: _("Parents"),
    Category.ADMINISTRATION: _("Administration"),
}
