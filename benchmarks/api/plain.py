"""The busiest endpoints in django-ninja's plain way: model objects through a response schema."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError

from benchmarks.api.counting import counted
from optilearn.activity.models import ActivityEvent
from optilearn.assessment.models import Answer, Attempt
from optilearn.core.http.auth import SessionAuth, principal_of
from optilearn.courses.models import Course, Lesson, Module
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.notifications.models import Delivery

plain = NinjaAPI(title="plain", auth=SessionAuth(), urls_namespace="plain", docs_url=None)


class Person(Schema):
    id: int
    name: str


class CourseRow(Schema):
    id: int
    code: str
    title: str
    category: str
    tags: list[str]
    status: str
    starts_on: date | None
    ends_on: date | None
    term: str | None
    teacher: Person | None
    cover_id: int | None
    list_price: Decimal | None
    currency: str
    self_enrollment: bool
    max_enrollments: int | None
    enrolled_count: int
    rating: float | None
    rating_count: int
    published_at: datetime | None
    updated_at: datetime

    @staticmethod
    def resolve_term(course: Course) -> str | None:
        return course.term.code if course.term else None

    @staticmethod
    def resolve_teacher(course: Course) -> Any:
        return course.creator

    @staticmethod
    def resolve_rating(course: Course) -> float | None:
        return course.rating_total / course.rating_count if course.rating_count else None


class Meta(Schema):
    total: int
    page: int


class CoursePage(Schema):
    data: list[CourseRow]
    meta: Meta


@plain.get("/courses", response=CoursePage)
def courses(request: HttpRequest, page: int = 1, perPage: int = 20) -> Any:
    found = Course.objects.select_related("term", "creator").order_by("title", "id")
    rows = found[(page - 1) * perPage : page * perPage]
    return {"data": list(rows), "meta": {"total": found.count(), "page": page}}


class Student(Schema):
    id: int
    code: str
    name: str
    class_name: str
    section_name: str


class EnrollmentRow(Schema):
    id: int
    student: Student
    status: str
    outcome: str | None
    source: str
    progress_pct: Decimal | None
    completed_lessons: int
    required_lessons: int
    enrolled_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None
    withdrawn_at: datetime | None
    last_activity_at: datetime | None


class Roster(Schema):
    data: list[EnrollmentRow]
    meta: Meta


@plain.get("/courses/{course_id}/enrollments", response=Roster)
def roster(request: HttpRequest, course_id: int, page: int = 1, perPage: int = 25) -> Any:
    Course.objects.get(pk=course_id)
    required = Lesson.objects.filter(course_id=course_id, is_required=True, archived_at=None)
    number = required.count()
    found = Enrollment.objects.filter(course_id=course_id).select_related("student")
    done = counted(LessonProgress.objects.filter(enrollment=OuterRef("pk"), status="COMPLETED"))
    rows = list(
        found.annotate(completed_lessons=done).order_by("student__name", "id")[
            (page - 1) * perPage : page * perPage
        ]
    )
    for row in rows:
        row.required_lessons = number  # type: ignore[attr-defined]
    return {"data": rows, "meta": {"total": found.count(), "page": page}}


class TakenCourse(Schema):
    id: int
    code: str
    title: str
    category: str
    status: str


class LearningRow(Schema):
    id: int
    course: TakenCourse
    status: str
    outcome: str | None
    progress_pct: Decimal | None
    completed_lessons: int
    required_lessons: int
    enrolled_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None
    last_activity_at: datetime | None


class LearningPage(Schema):
    data: list[LearningRow]
    meta: Meta


@plain.get("/learning/courses", response=LearningPage)
def my_courses(request: HttpRequest, page: int = 1, perPage: int = 25) -> Any:
    found = Enrollment.objects.filter(student_id=principal_of(request).person_id)
    done = counted(LessonProgress.objects.filter(enrollment=OuterRef("pk"), status="COMPLETED"))
    every = counted(Lesson.objects.filter(course=OuterRef("course"), is_required=True))
    rows = (
        found.select_related("course")
        .annotate(completed_lessons=done, required_lessons=every)
        .order_by(F("last_activity_at").desc(nulls_last=True), "-id")
    )
    window = rows[(page - 1) * perPage : page * perPage]
    return {"data": list(window), "meta": {"total": found.count(), "page": page}}


class LessonState(Schema):
    id: int
    title: str
    kind: str
    duration_seconds: int | None
    is_required: bool
    completion: str
    completion_threshold: int | None
    status: str
    completed_at: datetime | None
    watched_pct: Decimal | None
    resume_seconds: int
    locked: bool


class ModuleState(Schema):
    id: int
    title: str
    description: str
    lessons: list[LessonState]


class LearningCourse(Schema):
    id: int
    title: str
    status: str
    modules: list[ModuleState]


@plain.get("/learning/courses/{course_id}", response=LearningCourse)
def course(request: HttpRequest, course_id: int) -> Any:
    lessons = Lesson.objects.filter(archived_at=None).order_by("position", "id")
    modules = Module.objects.order_by("position", "id").prefetch_related(
        Prefetch("lessons", queryset=lessons)
    )
    found = Course.objects.prefetch_related(Prefetch("modules", queryset=modules)).get(pk=course_id)
    own = Enrollment.objects.get(course_id=course_id, student_id=principal_of(request).person_id)
    progress = {p.lesson_id: p for p in LessonProgress.objects.filter(enrollment=own)}
    for module in found.modules.all():
        for lesson in module.lessons.all():
            state = progress.get(lesson.pk)
            lesson.status = state.status if state else "NOT_STARTED"
            lesson.completed_at = state.completed_at if state else None
            lesson.watched_pct = state.watched_pct if state else None
            lesson.resume_seconds = state.resume_seconds if state else 0
            lesson.locked = False
    return {
        "id": found.pk,
        "title": found.title,
        "status": found.status,
        "modules": [
            {
                "id": module.pk,
                "title": module.title,
                "description": module.description,
                "lessons": list(module.lessons.all()),
            }
            for module in found.modules.all()
        ],
    }


class InboxRow(Schema):
    id: int
    key: str
    category: str
    title: str
    body: str
    url: str
    created_at: datetime
    read_at: datetime | None
    is_read: bool

    @staticmethod
    def resolve_is_read(delivery: Delivery) -> bool:
        return delivery.read_at is not None


class InboxPage(Schema):
    data: list[InboxRow]
    meta: Meta


@plain.get("/notifications", response=InboxPage)
def inbox(request: HttpRequest, page: int = 1, limit: int = 25) -> Any:
    rows = Delivery.objects.filter(
        person_id=principal_of(request).person_id,
        channel="IN_APP",
        status__in=["PENDING", "SENT"],
    ).order_by("-id")
    total = rows.count()
    meta = {"total": total, "page": page, "perPage": limit, "totalPages": -(-total // limit)}
    return {"data": list(rows[(page - 1) * limit : page * limit]), "meta": meta}


class EventIn(Schema):
    id: str
    kind: str
    courseId: int
    lessonId: int | None = None
    occurredAt: datetime
    clicks: int = 1


class BatchIn(Schema):
    events: list[EventIn]


class BatchOut(Schema):
    accepted: int


@plain.post("/activity/events", response=BatchOut)
def activity(request: HttpRequest, batch: BatchIn) -> Any:
    student = principal_of(request).person_id
    own = {e.course_id: e for e in Enrollment.objects.filter(student_id=student)}
    events = [
        ActivityEvent(
            enrollment=own[event.courseId],
            student_id=student,
            course_id=event.courseId,
            lesson_id=event.lessonId,
            kind=ActivityEvent.Kind[event.kind],
            occurred_at=event.occurredAt,
            clicks=event.clicks,
            client_id=event.id,
        )
        for event in batch.events
    ]
    ActivityEvent.objects.bulk_create(events, ignore_conflicts=True)
    return {"accepted": len(events)}


class AnswerBody(Schema):
    kind: str
    value: Any
    sequence: int


class AnswerState(Schema):
    number: int
    sequence: int
    saved_at: datetime | None
    value: Any


@plain.put("/learning/attempts/{attempt_id}/answers/{number}", response=AnswerState)
def answer(request: HttpRequest, attempt_id: int, number: int, given: AnswerBody) -> Any:
    student = principal_of(request).person_id
    with transaction.atomic():
        attempt = get_object_or_404(Attempt, pk=attempt_id, student_id=student)
        if attempt.status != Attempt.Status.IN_PROGRESS or (
            attempt.deadline_at is not None and attempt.deadline_at <= timezone.now()
        ):
            raise HttpError(409, "This attempt has ended.")
        saved = get_object_or_404(
            Answer.objects.select_for_update(), attempt=attempt, number=number, kind=given.kind
        )
        if given.sequence > saved.sequence:
            saved.value, saved.sequence = given.value, given.sequence
            saved.saved_at = timezone.now()
            saved.save()
    return saved
