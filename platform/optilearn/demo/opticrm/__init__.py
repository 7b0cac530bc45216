"""A small OptiCRM: the ten endpoints that OptiLearn uses, over made-up schools.

For tests and the demonstration. Pure: the standard library alone, no database. What it answers
is what it was given; what goes wrong with it is said by :mod:`optilearn.demo.opticrm.faults`.
"""

from __future__ import annotations

from optilearn.demo.opticrm.data import CrmSchool
from optilearn.demo.opticrm.faults import Fault, Kind
from optilearn.demo.opticrm.server import OptiCrmServer

__all__ = ["CrmSchool", "Fault", "Kind", "OptiCrmServer"]
