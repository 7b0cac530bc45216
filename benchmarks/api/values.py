"""The same with `values()` and JsonResponse: the least that Django itself can do."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import F, OuterRef
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from benchmarks.api.counting import counted
from optilearn.activity.models import ActivityEvent
from optilearn.core.http.auth import principal_of
from optilearn.courses.models import Course, Lesson, Module
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.notifications.models import Delivery

COURSE = (
    "id", "code", "title", "category", "tags", "status", "starts_on", "ends_on", "term__code",
    "creator_id", "creator__name", "cover_id", "list_price", "currency", "self_enrollment",
    "max_enrollments", "enrolled_count", "rating_total", "rating_count", "published_at",
    "updated_at",
)  # fmt: skip
ENROLLMENT = (
    "id", "status", "outcome", "progress_pct", "enrolled_at", "expires_at", "completed_at",
    "withdrawn_at", "last_activity_at",
)  # fmt: skip


def page_of(request: HttpRequest, rows: Any, size: int) -> JsonResponse:
    number = int(request.GET.get("page", 1))
    per_page = int(request.GET.get("perPage", size))
    window = list(rows[(number - 1) * per_page : number * per_page])
    return JsonResponse({"data": window, "meta": {"total": rows.count(), "page": number}})


def courses(request: HttpRequest) -> JsonResponse:
    principal_of(request)
    return page_of(request, Course.objects.order_by("title", "id").values(*COURSE), 20)


def roster(request: HttpRequest, course_id: int) -> JsonResponse:
    principal_of(request)
    Course.objects.values("id").get(pk=course_id)
    required = Lesson.objects.filter(course_id=course_id, is_required=True, archived_at=None)
    number = required.count()
    done = counted(LessonProgress.objects.filter(enrollment=OuterRef("pk"), status="COMPLETED"))
    rows = (
        Enrollment.objects.filter(course_id=course_id)
        .annotate(done=done)
        .order_by("student__name", "id")
        .values(*ENROLLMENT, "source", "done", "student_id", "student__code", "student__name",
                "student__class_name", "student__section_name")
    )  # fmt: skip
    response = page_of(request, rows, 25)
    response["X-Required"] = str(number)
    return response


def my_courses(request: HttpRequest) -> JsonResponse:
    done = counted(LessonProgress.objects.filter(enrollment=OuterRef("pk"), status="COMPLETED"))
    every = counted(Lesson.objects.filter(course=OuterRef("course"), is_required=True))
    rows = (
        Enrollment.objects.filter(student_id=principal_of(request).person_id)
        .annotate(done=done, every=every)
        .order_by(F("last_activity_at").desc(nulls_last=True), "-id")
        .values(*ENROLLMENT, "course_id", "course__code", "course__title", "course__category",
                "course__status", "done", "every")
    )  # fmt: skip
    return page_of(request, rows, 25)


def course(request: HttpRequest, course_id: int) -> JsonResponse:
    found = Course.objects.values("id", "title", "status").get(pk=course_id)
    own = Enrollment.objects.values("id", *ENROLLMENT).get(
        course_id=course_id, student_id=principal_of(request).person_id
    )
    progress = {
        row["lesson_id"]: row
        for row in LessonProgress.objects.filter(enrollment_id=own["id"]).values(
            "lesson_id", "status", "completed_at", "watched_pct", "resume_seconds"
        )
    }
    modules = {
        row["id"]: row | {"lessons": []}
        for row in Module.objects.filter(course_id=course_id)
        .order_by("position", "id")
        .values("id", "title", "description")
    }
    lessons = Lesson.objects.filter(course_id=course_id, archived_at=None)
    for lesson in lessons.order_by("position", "id").values(
        "id", "module_id", "title", "kind", "duration_seconds", "is_required", "completion",
        "completion_threshold", "unlock_at", "unlock_after_days", "closes_at",
    ):  # fmt: skip
        modules[lesson["module_id"]]["lessons"].append(lesson | progress.get(lesson["id"], {}))
    return JsonResponse(found | {"enrollment": own, "modules": list(modules.values())})


def inbox(request: HttpRequest) -> JsonResponse:
    rows = (
        Delivery.objects.filter(
            person_id=principal_of(request).person_id,
            channel="IN_APP",
            status__in=["PENDING", "SENT"],
        )
        .order_by("-id")
        .values("id", "key", "category", "title", "body", "url", "created_at", "read_at")
    )
    return page_of(request, rows, 25)


@csrf_exempt
def activity(request: HttpRequest) -> JsonResponse:
    student = principal_of(request).person_id
    own = dict(Enrollment.objects.filter(student_id=student).values_list("course_id", "id"))
    events = [
        ActivityEvent(
            enrollment_id=own[event["courseId"]],
            student_id=student,
            course_id=event["courseId"],
            lesson_id=event.get("lessonId"),
            kind=ActivityEvent.Kind[event["kind"]],
            occurred_at=event["occurredAt"],
            clicks=event.get("clicks", 1),
            client_id=event["id"],
        )
        for event in json.loads(request.body)["events"]
    ]
    ActivityEvent.objects.bulk_create(events, ignore_conflicts=True)
    return JsonResponse({"accepted": len(events)})
