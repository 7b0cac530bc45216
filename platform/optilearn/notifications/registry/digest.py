"""The digest of items: not one of the published keys, as nobody chooses it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.core.access.roles import Role
from optilearn.notifications.definitions import Category, Channel, Definition

DIGEST: Final = Definition(
    key="DIGEST",
    label=_("Summary"),
    description=_("The notifications that you get once a day or once a week."),
    category=Category.COURSES,
    available_to=frozenset(Role),
    channels=frozenset({Channel.EMAIL}),
    example={
        "period": "DAILY",
        "count": 3,
        "groups": [
            {
                "title": "Algebra",
                "items": [
                    {"title": "New lesson: Fractions", "url": "/courses/12/lessons/40"},
                    {"title": "Quiz 2 was graded: 18 of 20", "url": "/courses/12/grades"},
                ],
            },
            {
                "title": "Mira Shah",
                "items": [{"title": "Essay 1 was graded: 41 of 50", "url": "/children/7"}],
            },
        ],
    },
    link="/notifications",
)
"""The person chose its items and its hour, so it is exempt from quiet hours."""
