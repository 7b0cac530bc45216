"""A school for the API's measurements, and how its table of enrollments grows."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from benchmarks.world import World

SLUG = "busy-school"
STUDENTS, COURSES, MODULES, LESSONS = 1_000, 60, 6, 5
PER_STUDENT = 8
MESSAGES = 60


@dataclass(frozen=True)
class School:
    """The people and things that the requests name."""

    institution_id: int
    course_id: int
    student_code: str


_MAKE = f"""
INSERT INTO people_person (institution_id, kind, role, crm_id, code, name, email, class_id,
    class_name, section_id, section_name, status, locale, time_zone, attributes)
SELECT %(i)s, k, r, 'c' || n, 'p' || n, 'Person ' || md5(n::text), 'p' || n || '@x.in', 'c8',
       'Class 8', 's8a', '8A', 'ACTIVE', '', '', '{{}}'
  FROM (SELECT 'USER' AS k, CASE WHEN n = 1 THEN 'ADMIN' ELSE 'TEACHER' END AS r, n
          FROM generate_series(1, 21) n
        UNION ALL SELECT 'STUDENT', 'STUDENT', n FROM generate_series(100, 99 + {STUDENTS}) n) x;
INSERT INTO courses_course (institution_id, code, title, description, category, tags, status,
    published_at, currency, target_class_ids, target_section_ids, creator_id)
SELECT %(i)s, 'C' || n, 'Course ' || md5(n::text), '<p>Words.</p>', 'Maths', ARRAY['a', 'b'],
       'PUBLISHED', now(), '', '{{}}', '{{}}',
       (SELECT id FROM people_person WHERE institution_id = %(i)s AND crm_id = 'c2')
  FROM generate_series(1, {COURSES}) n;
INSERT INTO courses_module (institution_id, course_id, title, position)
SELECT %(i)s, c.id, 'Module ' || n, n FROM courses_course c, generate_series(1, {MODULES}) n
 WHERE c.institution_id = %(i)s;
INSERT INTO courses_lesson (institution_id, course_id, module_id, title, kind, position,
    unlock_after_days)
SELECT %(i)s, m.course_id, m.id, 'Lesson ' || n, 'TEXT', n, n - 1
  FROM courses_module m, generate_series(1, {LESSONS}) n WHERE m.institution_id = %(i)s;
INSERT INTO enrollment_enrollment (institution_id, student_id, course_id, status, source,
    enrolled_at, last_activity_at, progress_pct, attributes)
SELECT %(i)s, p.id, c.id, 'ACTIVE', 'MANUAL', now() - interval '30 days', now(), 40, '{{}}'
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people_person
         WHERE institution_id = %(i)s AND kind = 'STUDENT') p
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM courses_course
         WHERE institution_id = %(i)s) c ON (c.n + p.n) %% {COURSES} < {PER_STUDENT}
 WHERE p.n <= 125;
INSERT INTO enrollment_lessonprogress (institution_id, enrollment_id, student_id, course_id,
    lesson_id, status, completed_at, seconds_spent, resume_seconds)
SELECT %(i)s, e.id, e.student_id, e.course_id, l.id, 'COMPLETED', now(), 60, 0
  FROM enrollment_enrollment e JOIN courses_lesson l
    ON l.institution_id = e.institution_id AND l.course_id = e.course_id AND l.position <= 2
 WHERE e.institution_id = %(i)s;
INSERT INTO notifications_notification (institution_id, key, data, dedupe, priority, audience,
    recipients, expanded, status, attempts, due_at, problem, for_digest)
SELECT %(i)s, 'ENROLL_WELCOME', jsonb_build_object('courseId', n, 'courseTitle', 'Course ' || n),
       'n' || n, 3, '{{}}', '{{}}', 0, 'EXPANDED', 0, now(), '', false
  FROM generate_series(1, {MESSAGES}) n;
INSERT INTO notifications_delivery (institution_id, notification_id, person_id, channel, key,
    category, priority, status, rule, reason, due_at, attempts, provider, maybe_accepted,
    provider_id, address, title, body, url, digest, devices, history, sent_at)
SELECT %(i)s, n.id, p.id, 'IN_APP', n.key, 'COURSES', 3, 'SENT', '', '', now(), 0, '', false, '',
       '', 'Welcome to Course ' || n.id, 'You are enrolled. Begin whenever you like.',
       'https://learn.example.org/courses/' || n.id, '', '{{}}', '[]', now()
  FROM notifications_notification n, people_person p
 WHERE n.institution_id = %(i)s AND p.institution_id = %(i)s AND p.kind = 'STUDENT';
"""
_PEOPLE = """
INSERT INTO people_person (institution_id, kind, role, crm_id, code, name, email, class_id,
    class_name, section_id, section_name, status, locale, time_zone, attributes)
SELECT %(i)s, 'STUDENT', 'STUDENT', 'g' || n, 'g' || n, 'Grown ' || md5(n::text), '', '', '', '',
       '', 'ACTIVE', '', '', '{}' FROM generate_series(1, %(people)s) n
"""
_GROW = """
INSERT INTO enrollment_enrollment (institution_id, student_id, course_id, status, source,
    enrolled_at, last_activity_at, progress_pct, attributes)
SELECT %(i)s, p.id, c.id, 'ACTIVE', 'MANUAL', now() - interval '30 days', now(), 40, '{}'
  FROM people_person p
 CROSS JOIN (SELECT id FROM courses_course WHERE institution_id = %(i)s AND id <> %(course)s
              ORDER BY id LIMIT 50) c
 WHERE p.institution_id = %(i)s AND p.crm_id LIKE 'g%%'
"""
_ANALYSE = (
    "VACUUM (ANALYZE) people_person, courses_course, courses_lesson, enrollment_enrollment,"
    " notifications_delivery"
)


def make_school(world: World) -> School:
    """1,000 enrollments of 125 students in 60 courses of 30 lessons."""
    with world.superuser() as admin:
        row = admin.execute(
            "INSERT INTO institutions_institution (slug, crm_id, name, time_zone, locale,"
            " first_weekday, min_group_size, settings, created_at)"
            " VALUES (%s, %s, 'Busy', 'Asia/Kolkata', 'en', 1, 0, '{}', now()) RETURNING id",
            [SLUG, SLUG],
        ).fetchone()
        assert row is not None
        key = row[0]
        for statement in _MAKE.split(";\n"):
            if statement.strip():
                admin.execute(statement, {"i": key})
        course, student = _busiest(admin, key)
        admin.execute(_ANALYSE)
    return School(key, course, student)


def _busiest(admin: psycopg.Connection, institution_id: int) -> tuple[int, str]:
    row = admin.execute(
        "SELECT e.course_id, p.code FROM enrollment_enrollment e JOIN people_person p"
        " ON p.institution_id = e.institution_id AND p.id = e.student_id"
        " WHERE e.institution_id = %s ORDER BY e.course_id, p.id LIMIT 1",
        [institution_id],
    ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def grow(world: World, school: School, enrollments: int = 1_000_000) -> None:
    """A million enrollments more in the institution's other courses."""
    with world.superuser() as admin:
        parameters = {"i": school.institution_id, "course": school.course_id}
        admin.execute(_PEOPLE, parameters | {"people": enrollments // 50})
        admin.execute(_GROW, parameters)
        admin.execute(_ANALYSE)
