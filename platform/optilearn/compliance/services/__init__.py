"""Writes of compliance."""

from __future__ import annotations

from optilearn.compliance.services.assigning import assign_all
from optilearn.compliance.services.evidence import Handed, accept, hand_in, reject, reopen
from optilearn.compliance.services.exporting import export_evidence
from optilearn.compliance.services.reminding import escalate_overdue, remind_due
from optilearn.compliance.services.waiving import unwaive, waive
from optilearn.compliance.services.writing import (
    archive_requirement,
    create_requirement,
    update_requirement,
)

__all__ = [
    "Handed",
    "accept",
    "archive_requirement",
    "assign_all",
    "create_requirement",
    "escalate_overdue",
    "export_evidence",
    "hand_in",
    "reject",
    "remind_due",
    "reopen",
    "unwaive",
    "update_requirement",
    "waive",
]
