"""Rubrics of a course, which its assignments share."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Rubric(TenantModel):
    """A rubric. Its criteria are in versions, which never change, so marks keep theirs."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    title = models.TextField()
    version = models.IntegerField(default=1)
    """The number of the newest version, which new marks get."""
    archived_at = models.DateTimeField(null=True)
    """A rubric that marks have isn't deleted: it is archived."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "id", "course"], name="rubric_of_course")
        ]
        indexes = [models.Index(fields=["institution", "course"], name="rubric_by_course")]


class RubricVersion(TenantModel):
    """The criteria of a rubric as they were for some marks."""

    rubric = TenantForeignKey(Rubric, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    criteria = models.JSONField()
    """As ``rubrics/content.py`` has them."""
    author = TenantForeignKey("people.Person", null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "rubric", "number"], name="rubric_version_once"
            )
        ]
