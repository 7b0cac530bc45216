"""A small OptiCRM with two schools, and clients of it whose breaker has a clock of its own."""

from __future__ import annotations

from collections.abc import Callable

from optilearn.crm.client import OptiCrm, Tenant
from optilearn.crm.wire import Completion
from optilearn.demo.opticrm import CrmSchool

NORTH = Tenant(1, "north", "crm-north")
SOUTH = Tenant(2, "south", "crm-south")
DONE = Completion("s1", "7", "3", "MATH", "Maths", "2026-03-01T10:00:00Z")


class Clock:
    """Time for the breaker, which stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def school(name: str) -> CrmSchool:
    return CrmSchool.from_plain(
        {
            "institution_id": f"crm-{name}",
            "users": {"u1": {"name": f"Asha of {name}", "email": "a@x", "role": "ADMIN"}},
            "students": {"s1": {"name": f"Lena of {name}", "sectionId": "6A"}},
            "parents": {"p1": {"name": "Pia"}},
            "classes": [{"id": "6", "name": "Six", "sections": [{"id": "6A", "name": "A"}]}],
            "fees": {"s1": "OVERDUE"},
            "attendance": {"s1": [{"date": "2026-03-01", "status": "PRESENT"}]},
            "children": {"p1": ["s1"]},
        }
    )


Maker = Callable[..., OptiCrm]
