"""Writes that OptiCRM is the source, or the addressee, of."""

from __future__ import annotations

from optilearn.crm.completions import push_completions, queue_completion
from optilearn.crm.directory import DirectoryReport, refresh_directory
from optilearn.crm.refreshing import forget_person, refresh_person

__all__ = [
    "DirectoryReport",
    "forget_person",
    "push_completions",
    "queue_completion",
    "refresh_directory",
    "refresh_person",
]
