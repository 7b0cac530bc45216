"""The treatment of every record that refers to a person when the person is erased.

Every column that holds a person's id has one rule, which the app of its table declares in
``personal_data.py``; a test fails for a new one without. The person's own row always stays,
anonymized (``people.directory.anonymize``), so a record that is retained names nobody. Snapshots
taken earlier follow the same rules (``pipelines.snapshots``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.activity import personal_data as activity
from optilearn.analytics import personal_data as analytics
from optilearn.assessment import personal_data as assessment
from optilearn.calendars import personal_data as calendars
from optilearn.community import personal_data as community
from optilearn.compliance import personal_data as compliance
from optilearn.core import personal_data as core
from optilearn.core.personal_data import Rule, Treatment
from optilearn.courses import personal_data as courses
from optilearn.crm import personal_data as crm
from optilearn.enrollment import personal_data as enrollment
from optilearn.files import personal_data as files
from optilearn.live import personal_data as live
from optilearn.notifications import personal_data as notifications
from optilearn.people import personal_data as people
from optilearn.recognition import personal_data as recognition

RULES: Final[tuple[Rule, ...]] = (
    *activity.RULES,
    *live.RULES,
    *calendars.RULES,
    *analytics.RULES,
    *notifications.RULES,
    *people.RULES,
    *courses.RULES,
    *crm.RULES,
    *enrollment.RULES,
    *assessment.RULES,
    *community.RULES,
    *recognition.RULES,
    *compliance.RULES,
    *files.RULES,
    *core.RULES,
    Rule(
        "privacy_erasedperson",
        "person_id",
        Treatment.RETAIN,
        "Without it the next refresh would bring the person back.",
        shown=("id", "erased_at"),
    ),
)
"""In the order in which they are applied: what others are found by goes last."""

NOT_PEOPLE: Final[Mapping[str, str]] = {
    **activity.NOT_PEOPLE,
    **community.NOT_PEOPLE,
    **compliance.NOT_PEOPLE,
    **core.NOT_PEOPLE,
    **crm.NOT_PEOPLE,
    **live.NOT_PEOPLE,
    **notifications.NOT_PEOPLE,
    **people.NOT_PEOPLE,
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
