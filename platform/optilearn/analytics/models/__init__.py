"""The tables of analytics, one module for each feature."""

from optilearn.analytics.models.alerts import Alert, AlertEvaluation, AlertState
from optilearn.analytics.models.exports import ExportJob
from optilearn.analytics.models.saved import Favorite, SavedItem, SavedVersion
from optilearn.analytics.models.schedules import (
    Occurrence,
    OccurrenceFile,
    OccurrenceRecipient,
    Schedule,
)
from optilearn.analytics.models.snapshots import Snapshot

__all__ = [
    "Alert",
    "AlertEvaluation",
    "AlertState",
    "ExportJob",
    "Favorite",
    "Occurrence",
    "OccurrenceFile",
    "OccurrenceRecipient",
    "SavedItem",
    "SavedVersion",
    "Schedule",
    "Snapshot",
]
