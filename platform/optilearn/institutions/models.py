"""Institutions, their calendar and the attributes they declare."""

from __future__ import annotations

from typing import Final

from django.db import models

from optilearn.core.tenancy.models import TenantModel

LEAST_PERTURBED: Final = 5
"""The smallest minimum group size with which numbers can have noise (docs/report-dsl.md §9)."""


class Institution(models.Model):
    """A school or university: the owner of all other records.

    The one table without row-level security beside Django's own: a request must find its
    institution before it can be in one. It holds nothing private but the key of its noise, which
    is handed out by nothing.
    """

    slug = models.SlugField(unique=True)
    crm_id = models.TextField(unique=True)
    """OptiCRM's id of it, as the session token carries it."""
    name = models.TextField()
    time_zone = models.TextField(default="UTC")
    locale = models.TextField(default="en")
    first_weekday = models.SmallIntegerField(default=1)
    """ISO: 1 is Monday, 7 is Sunday."""
    min_group_size = models.IntegerField(default=0)
    """Numbers about fewer people than this are suppressed; 0 suppresses nothing."""
    perturbs_numbers = models.BooleanField(default=False, db_default=False)
    """True if numbers about people carry a little noise for roles that don't see all rows."""
    perturbation_key = models.BigIntegerField(null=True)
    """The secret key of the noise, created once, so that the noise stays the same."""
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_weekday__range=(1, 7)), name="institution_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(min_group_size__gte=0), name="institution_group_size"
            ),
            models.CheckConstraint(
                condition=models.Q(perturbs_numbers=False)
                | models.Q(perturbation_key__isnull=False, min_group_size__gte=LEAST_PERTURBED),
                name="institution_perturbation",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Term(TenantModel):
    """A term of the academic calendar; ``ends_on`` is its last day."""

    code = models.TextField()
    name = models.TextField(default="")
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "code"], name="term_code"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="term_order"
            ),
        ]


class Holiday(TenantModel):
    """Days without school; ``ends_on`` is the last one."""

    name = models.TextField(default="")
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="holiday_order"
            ),
        ]


class AttributeDefinition(TenantModel):
    """A custom attribute that the institution keeps on its students or enrollments."""

    class Entity(models.TextChoices):
        STUDENTS = "students"
        ENROLLMENTS = "enrollments"

    class Type(models.TextChoices):
        TEXT = "text"
        INTEGER = "integer"
        DECIMAL = "decimal"
        BOOLEAN = "boolean"
        DATE = "date"

    entity = models.TextField(choices=Entity.choices)
    key = models.TextField()
    type = models.TextField(choices=Type.choices, default=Type.TEXT)
    label = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "entity", "key"], name="attribute_key"),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[a-z][A-Za-z0-9]{0,62}$"),
                name="attribute_key_form",
            ),
        ]
