"""The dashboards that every institution has: definitions, no numbers.

Six of them (Platform, Students, Engagement, Compliance, Revenue, Course); their order is
that of the navigation.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dashboards.messages import Text
from dashboards.presets.compliance import COMPLIANCE
from dashboards.presets.course import COURSE
from dashboards.presets.engagement import ENGAGEMENT
from dashboards.presets.filters import Filtered, Skipped, with_filters
from dashboards.presets.model import Dashboard, SharedFilter, Tile, available, labeled
from dashboards.presets.platform import PLATFORM
from dashboards.presets.revenue import REVENUE
from dashboards.presets.students import STUDENTS

DASHBOARDS: Final[Mapping[str, Dashboard]] = MappingProxyType(
    {d.key: d for d in (PLATFORM, STUDENTS, ENGAGEMENT, COMPLIANCE, REVENUE, COURSE)}
)

__all__ = [
    "COMPLIANCE",
    "COURSE",
    "DASHBOARDS",
    "ENGAGEMENT",
    "PLATFORM",
    "REVENUE",
    "STUDENTS",
    "Dashboard",
    "Filtered",
    "SharedFilter",
    "Skipped",
    "Text",
    "Tile",
    "available",
    "labeled",
    "with_filters",
]
