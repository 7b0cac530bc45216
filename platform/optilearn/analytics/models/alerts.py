"""Alerts: numbers that somebody has watched on each snapshot."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from optilearn.analytics.models.saved import SavedItem
from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Alert(TenantModel):
    """A measure of a report and the condition under which its owner is notified.

    It runs in its owner's scope. ``item`` is a saved report, or None where ``definition`` is the
    alert's own.
    """

    owner = TenantForeignKey("people.Person", null=True, related_name="+")
    """None once the owner was erased; what is left of it is deleted within a day."""
    name = models.TextField()
    item = TenantForeignKey(SavedItem, null=True, related_name="+")
    filters = models.JSONField(default=list)
    """The owner's conditions on the saved report."""
    definition = models.JSONField(null=True)
    measure = models.TextField()
    """The key of a measure of the report."""
    is_overall = models.BooleanField(default=False)
    """True: the total is watched; False: each row by itself."""
    condition = models.JSONField()
    """``{kind, direction, limit, rearm, unit, to, snapshots}`` (``alerts.conditions``)."""
    base_measure = models.TextField(default="")
    """A measure that has to reach ``base_minimum`` for a row to count; empty: none has to."""
    base_minimum = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    is_once = models.BooleanField(default=False)
    """True: it ends when it has fired."""
    muted = ArrayField(models.TextField(), default=list)
    """Keys of rows that never fire."""
    snoozed_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["institution", "owner", "-id"], name="alert_by_owner"),
            models.Index(fields=["institution", "item"], name="alert_by_item"),
        ]


class AlertEvaluation(TenantModel):
    """The outcome of an alert on a snapshot: one row, and a reason, for each snapshot."""

    alert = TenantForeignKey(Alert, models.CASCADE, related_name="evaluations")
    snapshot_id = models.TextField()
    taken_at = models.DateTimeField()
    """Of the snapshot."""
    evaluated_at = models.DateTimeField(db_default=Now())
    outcome = models.TextField()
    """One of ``alerts.findings.Outcome``."""
    counts = models.JSONField(default=dict)
    """The number of rows by what became of them."""
    rows = models.JSONField(default=list)
    """Some of the rows that fired: ``{key, label, now, before, score}``, as texts to show."""
    limit = models.TextField(default="")
    """The limit at that time, as a text to show."""
    problem = models.JSONField(default=dict)
    """Of an ERROR: ``{code, path, message, hint}``."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "alert", "snapshot_id"], name="alert_evaluated_once"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "alert", "-id"], name="alert_history"),
            models.Index(fields=["institution", "evaluated_at"], name="alert_evaluation_by_age"),
        ]


class AlertState(TenantModel):
    """A row that fires now; ``row_key`` is a digest, from which no name can be read."""

    alert = TenantForeignKey(Alert, models.CASCADE, related_name="states")
    row_key = models.TextField()
    since = models.DateTimeField()
    """The time of the snapshot on which it began."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "alert", "row_key"], name="alert_state_once"
            )
        ]
