"""Courses, their modules and lessons."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

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
    """HTML, sanitized on the way in."""
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
    self_enrollment = models.BooleanField(db_default=True)
    """True if students may enroll by themselves."""
    access_days = models.IntegerField(null=True)
    """Days that an enrollment lasts; null: without end."""
    cover = TenantForeignKey("files.File", null=True, related_name="+")
    enrolled_count = models.IntegerField(db_default=0)
    """Enrollments that hold a seat (ACTIVE or COMPLETED), kept with each of their changes."""
    rating_count = models.IntegerField(db_default=0)
    rating_total = models.IntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    search = SearchVectorField(null=True)
    """Words of title, code, tags and description; PostgreSQL keeps it (a trigger)."""

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["institution", "code"], name="course_code")]
        indexes = [
            models.Index(fields=["institution", "status", "title"], name="course_by_status"),
            GinIndex(fields=["search"], name="course_search"),
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


class Prerequisite(TenantModel):
    """A course that has to be completed before another can be begun."""

    course = TenantForeignKey(Course, models.CASCADE, related_name="prerequisites")
    requires = TenantForeignKey(Course, models.CASCADE, related_name="required_by")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course", "requires"], name="prerequisite_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(course_id=models.F("requires_id")), name="prerequisite_other"
            ),
        ]
        indexes = [models.Index(fields=["institution", "requires"], name="prerequisite_of")]


class Module(TenantModel):
    """A part of a course, in its order."""

    course = TenantForeignKey(Course, models.CASCADE, related_name="modules")
    title = models.TextField()
    description = models.TextField(db_default="")
    position = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "id", "course"], name="module_of_course")
        ]
        indexes = [models.Index(fields=["institution", "course", "position"], name="module_order")]


class Lesson(TenantModel):
    """A lesson of a module."""

    class Kind(models.TextChoices):
        TEXT = "TEXT"
        VIDEO = "VIDEO"
        DOCUMENT = "DOCUMENT"
        QUIZ = "QUIZ"
        ASSIGNMENT = "ASSIGNMENT"
        LIVE = "LIVE"
        EMBED = "EMBED"

    class Completion(models.TextChoices):
        """The rule that completes a lesson."""

        MARKED = "MARKED"
        """The student says so."""
        OPENED = "OPENED"
        TIME = "TIME"
        """``completion_threshold`` seconds were spent in it."""
        WATCHED = "WATCHED"
        """``completion_threshold`` percent of the video were watched."""
        SUBMITTED = "SUBMITTED"
        PASSED = "PASSED"
        ATTENDED = "ATTENDED"

    course = TenantForeignKey(Course, models.CASCADE, related_name="lessons", enforced=False)
    module = TenantForeignKey(
        Module, models.CASCADE, related_name="lessons", together=("course_id",)
    )
    title = models.TextField()
    kind = models.TextField()
    """One of ``Kind``, or an imported catalog's own."""
    position = models.IntegerField()
    content = models.TextField(db_default="")
    """HTML, sanitized on the way in."""
    file = TenantForeignKey("files.File", null=True, related_name="+")
    """The video or the document."""
    embed_url = models.TextField(db_default="")
    duration_seconds = models.IntegerField(null=True)
    is_required = models.BooleanField(db_default=True)
    """True if the course is incomplete without it."""
    completion = models.TextField(choices=Completion.choices, db_default=Completion.MARKED)
    completion_threshold = models.IntegerField(null=True)
    unlock_at = models.DateTimeField(null=True)
    """Wins over ``unlock_after_days``."""
    unlock_after_days = models.IntegerField(null=True)
    """Days after the enrollment's creation."""
    closes_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    """A lesson that students used isn't deleted: it is archived."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "id", "course"], name="lesson_of_course")
        ]
        indexes = [
            models.Index(fields=["institution", "module", "position"], name="lesson_order"),
            models.Index(fields=["institution", "course"], name="lesson_by_course"),
        ]


class LessonOverride(TenantModel):
    """Another opening or closing for one student, or for one section.

    The student's own wins over the section's, and both over the lesson's.
    """

    lesson = TenantForeignKey(
        Lesson, models.CASCADE, related_name="overrides", together=("course_id",)
    )
    course = TenantForeignKey(Course, models.CASCADE, related_name="+", enforced=False)
    student = TenantForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    section_id = models.TextField(default="")
    unlock_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "lesson", "student"],
                condition=models.Q(student__isnull=False),
                name="override_once_a_student",
            ),
            models.UniqueConstraint(
                fields=["institution", "lesson", "section_id"],
                condition=models.Q(student__isnull=True),
                name="override_once_a_section",
            ),
            models.CheckConstraint(
                condition=models.Q(student__isnull=False) ^ ~models.Q(section_id=""),
                name="override_for_somebody",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="override_by_course")]


class Caption(TenantModel):
    """The captions of a lesson's video in one language."""

    lesson = TenantForeignKey(
        Lesson, models.CASCADE, related_name="captions", together=("course_id",)
    )
    course = TenantForeignKey(Course, models.CASCADE, related_name="+", enforced=False)
    language = models.TextField()
    """A BCP 47 tag."""
    label = models.TextField(default="")
    file = TenantForeignKey("files.File", related_name="+")
    cues = models.JSONField(default=list)
    """``[{start, end, text}]`` in seconds, text without tags: the transcript."""
    report = models.JSONField(default=list)
    """The validator's report: ``[{line, column, code, message}]``."""
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "lesson", "language"], name="caption_once"
            )
        ]
