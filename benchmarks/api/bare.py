"""The floor: a bare cursor, a statement or two, and JsonResponse."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from optilearn.core.http.auth import principal_of

KINDS = {"VIEW": 1, "PLAY": 2, "DOWNLOAD": 3, "POST": 4, "ANSWER": 5, "OTHER": 6}


def asked(statement: str, *parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def courses(request: HttpRequest) -> JsonResponse:
    principal_of(request)
    number, size = int(request.GET.get("page", 1)), int(request.GET.get("perPage", 20))
    rows = asked(
        """SELECT c.id, c.code, c.title, c.category, c.tags, c.status, c.starts_on, c.ends_on,
                  t.code AS term, c.creator_id, p.name AS creator, c.cover_id, c.list_price,
                  c.currency, c.self_enrollment, c.max_enrollments, c.enrolled_count,
                  c.rating_total, c.rating_count, c.published_at, c.updated_at
             FROM courses_course c
             LEFT JOIN institutions_term t
               ON t.institution_id = c.institution_id AND t.id = c.term_id
             LEFT JOIN people_person p
               ON p.institution_id = c.institution_id AND p.id = c.creator_id
            ORDER BY c.title, c.id LIMIT %s OFFSET %s""",
        size,
        (number - 1) * size,
    )
    total = asked("SELECT count(*) AS n FROM courses_course")[0]["n"]
    return JsonResponse({"data": rows, "meta": {"total": total, "page": number}})


def roster(request: HttpRequest, course_id: int) -> JsonResponse:
    principal_of(request)
    number, size = int(request.GET.get("page", 1)), int(request.GET.get("perPage", 25))
    rows = asked(
        """SELECT e.id, p.id AS student_id, p.code, p.name, p.class_name, p.section_name, e.status,
                  e.outcome, e.source, e.progress_pct, e.enrolled_at, e.expires_at, e.completed_at,
                  e.withdrawn_at, e.last_activity_at,
                  (SELECT count(*) FROM enrollment_lessonprogress g
                    WHERE g.institution_id = e.institution_id AND g.enrollment_id = e.id
                      AND g.status = 'COMPLETED') AS done
             FROM enrollment_enrollment e
             JOIN people_person p ON p.institution_id = e.institution_id AND p.id = e.student_id
            WHERE e.course_id = %s ORDER BY p.name, e.id LIMIT %s OFFSET %s""",
        course_id,
        size,
        (number - 1) * size,
    )
    total = asked(
        "SELECT count(*) AS n FROM enrollment_enrollment WHERE course_id = %s", course_id
    )[0]["n"]
    return JsonResponse({"data": rows, "meta": {"total": total, "page": number}})


def my_courses(request: HttpRequest) -> JsonResponse:
    number, size = int(request.GET.get("page", 1)), int(request.GET.get("perPage", 25))
    student = principal_of(request).person_id
    rows = asked(
        """SELECT e.id, e.course_id, c.code, c.title, c.category, c.status AS course_status,
                  e.status, e.outcome, e.progress_pct, e.enrolled_at, e.expires_at, e.completed_at,
                  e.last_activity_at,
                  (SELECT count(*) FROM courses_lesson l
                    WHERE l.institution_id = e.institution_id AND l.course_id = e.course_id
                      AND l.is_required) AS every,
                  (SELECT count(*) FROM enrollment_lessonprogress g
                    WHERE g.institution_id = e.institution_id AND g.enrollment_id = e.id
                      AND g.status = 'COMPLETED') AS done
             FROM enrollment_enrollment e
             JOIN courses_course c ON c.institution_id = e.institution_id AND c.id = e.course_id
            WHERE e.student_id = %s
            ORDER BY e.last_activity_at DESC NULLS LAST, e.id DESC LIMIT %s OFFSET %s""",
        student,
        size,
        (number - 1) * size,
    )
    total = asked("SELECT count(*) AS n FROM enrollment_enrollment WHERE student_id = %s", student)[
        0
    ]["n"]
    return JsonResponse({"data": rows, "meta": {"total": total, "page": number}})


def course(request: HttpRequest, course_id: int) -> JsonResponse:
    own = asked(
        """SELECT c.id, c.title, c.status, e.id AS enrollment_id, e.status AS enrollment_status,
                  e.progress_pct, e.enrolled_at
             FROM courses_course c JOIN enrollment_enrollment e
               ON e.institution_id = c.institution_id AND e.course_id = c.id
            WHERE c.id = %s AND e.student_id = %s""",
        course_id,
        principal_of(request).person_id,
    )[0]
    rows = asked(
        """SELECT m.id AS module_id, m.title AS module, m.description, l.id, l.title, l.kind,
                  l.duration_seconds, l.is_required, l.completion, l.completion_threshold,
                  l.unlock_at, l.unlock_after_days, l.closes_at, g.status, g.completed_at,
                  g.watched_pct, g.resume_seconds
             FROM courses_module m
             JOIN courses_lesson l ON l.institution_id = m.institution_id AND l.module_id = m.id
              AND l.archived_at IS NULL
             LEFT JOIN enrollment_lessonprogress g ON g.institution_id = l.institution_id
              AND g.enrollment_id = %s AND g.lesson_id = l.id
            WHERE m.course_id = %s ORDER BY m.position, m.id, l.position, l.id""",
        own["enrollment_id"],
        course_id,
    )
    return JsonResponse(own | {"lessons": rows})


def inbox(request: HttpRequest) -> JsonResponse:
    person = principal_of(request).person_id
    inboxed = "person_id = %s AND channel = 'IN_APP' AND status IN ('PENDING', 'SENT')"
    rows = asked(
        "SELECT id, key, category, title, body, url, created_at, read_at"
        f" FROM notifications_delivery WHERE {inboxed} ORDER BY id DESC LIMIT 25",
        person,
    )
    count = f"SELECT count(*) AS total FROM notifications_delivery WHERE {inboxed}"
    return JsonResponse({"data": rows, "total": asked(count, person)[0]["total"]})


@csrf_exempt
def activity(request: HttpRequest) -> JsonResponse:
    principal = principal_of(request)
    events = json.loads(request.body)["events"]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO activity_event (institution_id, enrollment_id, student_id, course_id,
                                           lesson_id, kind, occurred_at, clicks, client_id)
               SELECT e.institution_id, e.id, e.student_id, e.course_id, v.lesson, v.kind, v.at,
                      v.clicks, v.client
                 FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::timestamptz[],
                             %s::int[], %s::uuid[]) AS v(course, lesson, kind, at, clicks, client)
                 JOIN enrollment_enrollment e ON e.course_id = v.course AND e.student_id = %s
               ON CONFLICT DO NOTHING""",
            [
                [event["courseId"] for event in events],
                [event.get("lessonId") for event in events],
                [KINDS[event["kind"]] for event in events],
                [event["occurredAt"] for event in events],
                [event.get("clicks", 1) for event in events],
                [event["id"] for event in events],
                principal.person_id,
            ],
        )
        return JsonResponse({"accepted": cursor.rowcount})
