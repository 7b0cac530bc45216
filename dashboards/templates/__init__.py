"""Reports that are ready to be used: definitions with their texts, no numbers.

For each role about twenty; those of one topic stand in one module. Each has a check query of its
own beside the tests (``tests/dashboards/templates``).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dashboards.templates.activity import ACTIVITY
from dashboards.templates.enrollment import ENROLLMENT
from dashboards.templates.model import Audience, Template
from dashboards.templates.revenue import REVENUE
from dashboards.templates.school import SCHOOL
from dashboards.templates.work import WORK

TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {one.key: one for one in (*ENROLLMENT, *WORK, *ACTIVITY, *SCHOOL, *REVENUE)}
)

__all__ = ["TEMPLATES", "Audience", "Template"]
