"""Courses, their modules and lessons."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Course(TenantModel):
    """A course. Its status moves one way: DRAFT, REVIEW, PUBLISHED, ARCHIVED."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT"
        REVIEW = "REVIEW"
        PUBLISHED = "PUBLISHED"
        ARCHIVED = "ARCHIVED"

    code = models.TextField()
    title = models.TextField()
    description = models.TextField(default="")
    category = models.TextField(default="")
    tags = ArrayField(models.TextField(), default=list)
    status = models.TextField(choices=Status.choices, default=Status.DRAFT)
    published_at = models.DateTimeField(null=True)
    """Stamped once, with the first publication."""
    archived_at = models.DateTimeField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    length_days = models.IntegerField(null=True)
    term = TenantForeignKey("institutions.Term", null=True, related_name="courses")
    creator = TenantForeignKey("people.Person", null=True, related_name="created_courses")
    max_enrollments = models.IntegerField(null=True)
    list_price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    currency = models.TextField(default="")
    target_class_ids = ArrayField(models.TextField(), default=list)
    """Empty means everyone."""
    target_section_ids = ArrayField(models.TextField(), default=list)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["institution", "code"], name="course_code")]
        indexes = [
            models.Index(fields=["institution", "creator"], name="course_by_creator"),
            models.Index(fields=["institution", "term"], name="course_by_term"),
        ]


class CoTeacher(TenantModel):
    """A second teacher of a course, with the rights of its creator."""

    course = TenantForeignKey(Course, models.CASCADE, related_name="co_teachers")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="co_taught")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "person", "course"], name="co_teacher_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "course"], name="co_teacher_by_course")]


class Module(TenantModel):
    """A part of a course, in its order."""

    course = TenantForeignKey(Course, models.CASCADE, related_name="modules")
    title = models.TextField()
    position = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "id", "course"], name="module_of_course")
        ]
        indexes = [models.Index(fields=["institution", "course", "position"], name="module_order")]


class Lesson(TenantModel):
    """A lesson of a module."""

    course = TenantForeignKey(Course, models.CASCADE, related_name="lessons", enforced=False)
    module = TenantForeignKey(
        Module, models.CASCADE, related_name="lessons", together=("course_id",)
    )
    title = models.TextField()
    kind = models.TextField()
    """TEXT, VIDEO, DOCUMENT, QUIZ, ASSIGNMENT, LIVE, EMBED, or an imported catalogue's own."""
    position = models.IntegerField()
    unlock_at = models.DateTimeField(null=True)
    unlock_after_days = models.IntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "id", "course"], name="lesson_of_course")
        ]
        indexes = [
            models.Index(fields=["institution", "module", "position"], name="lesson_order"),
            models.Index(fields=["institution", "course"], name="lesson_by_course"),
        ]
