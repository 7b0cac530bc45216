"""Reads of compliance."""

from __future__ import annotations

from optilearn.compliance.selectors.own import own_obligations
from optilearn.compliance.selectors.requirements import (
    obligation_detail,
    obligation_of_evidence,
    obligations,
    requirement_detail,
    requirements,
)

__all__ = [
    "obligation_detail",
    "obligation_of_evidence",
    "obligations",
    "own_obligations",
    "requirement_detail",
    "requirements",
]
