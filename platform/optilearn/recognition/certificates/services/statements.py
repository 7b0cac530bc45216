"""The statement that issues certificates, for courses and for learning paths."""

from __future__ import annotations

from typing import Final

from optilearn.core.sql import compose
from optilearn.courses.rules import COURSES
from optilearn.enrollment.rules import ENROLLMENTS
from optilearn.institutions.rules import INSTITUTIONS
from optilearn.people.rules import PEOPLE, erased

_ISSUE: Final = compose(
    """
    WITH completed AS (<completed>), due AS (
        SELECT d.*, v.id AS version_id,
               coalesce(nullif(upper(left(regexp_replace(i.slug, '[^a-z0-9]', '', 'gi'), 3)), ''),
                        'CERT') AS prefix,
               i.name AS institution_name,
               extract(year FROM %(now)s AT TIME ZONE i.time_zone)::int AS year,
               (date_trunc('day', %(now)s AT TIME ZONE i.time_zone)
                + make_interval(months => d.valid_months) + interval '1 day' - interval '1 second')
                AT TIME ZONE i.time_zone AS expires_at,
               row_number() OVER (ORDER BY d.enrollment_id, d.path_member_id) AS nth,
               count(*) OVER () AS total
          FROM completed d JOIN <institutions> ON i.id = d.institution_id
          LEFT JOIN recognition_certificatetemplate t ON t.institution_id = d.institution_id
           AND (t.id = d.template_id OR d.template_id IS NULL AND t.is_default)
          LEFT JOIN recognition_certificatetemplateversion v
            ON v.institution_id = t.institution_id AND v.template_id = t.id
           AND v.number = t.version
    ), numbered AS (
        INSERT INTO recognition_certificatenumber AS n (institution_id, year, last)
        SELECT institution_id, year, total FROM due WHERE nth = 1
        ON CONFLICT (institution_id, year) DO UPDATE SET last = n.last + EXCLUDED.last
        RETURNING last
    )
    INSERT INTO recognition_certificate (
        institution_id, enrollment_id, path_member_id, student_id, course_id, issue, number, code,
        code_hash, student_name, course_title, institution_name, completed_at, issued_at,
        expires_at, template_version_id, issued_by_id, replaces_id, revocation_reason)
    SELECT d.institution_id, d.enrollment_id, d.path_member_id, d.student_id, d.course_id, d.issue,
           d.prefix || '-' || d.year || '-' || lpad(f.figure, greatest(6, length(f.figure)), '0'),
           w.code, w.hash, d.student_name, d.title, d.institution_name, d.completed_at,
           %(now)s, d.expires_at, d.version_id, %(author)s, %(replaces)s, ''
      FROM due d CROSS JOIN numbered n
     CROSS JOIN LATERAL (SELECT (n.last - d.total + d.nth)::text AS figure) f
      JOIN unnest(%(codes)s::text[], %(hashes)s::bytea[]) WITH ORDINALITY AS w (code, hash, nth)
        ON w.nth = d.nth
     ORDER BY d.nth
    RETURNING id
    """,
    institutions=INSTITUTIONS.aliased("i"),
)
"""One statement for any number. The row of the year's number is locked until the commit, so that
no number is left out: it is the last lock that a completion takes."""
_COURSES: Final = compose(
    """
    SELECT e.institution_id, e.id AS enrollment_id, NULL::bigint AS path_member_id, e.student_id,
           e.course_id, e.completed_at, p.name AS student_name, c.title, s.valid_months,
           s.template_id, (
           SELECT coalesce(max(k.issue), 0) + 1 FROM recognition_certificate k
            WHERE k.institution_id = e.institution_id AND k.enrollment_id = e.id) AS issue
      FROM <enrollments> <person> <course>
      LEFT JOIN recognition_certificatesettings s
        ON s.institution_id = e.institution_id AND s.course_id = e.course_id
     WHERE e.id = ANY(%(ids)s::bigint[]) AND <chosen>
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    person=PEOPLE.joined("p", "e.student_id"),
    course=COURSES.joined("c", "e.course_id"),
)
_PATHS: Final = compose(
    """
    SELECT m.institution_id, NULL::bigint AS enrollment_id, m.id AS path_member_id, m.student_id,
           NULL::bigint AS course_id, m.completed_at, p.name AS student_name, a.title,
           a.valid_months, a.template_id, (
           SELECT coalesce(max(k.issue), 0) + 1 FROM recognition_certificate k
            WHERE k.institution_id = m.institution_id AND k.path_member_id = m.id) AS issue
      FROM recognition_pathmember m <person>
      JOIN recognition_learningpath a ON a.institution_id = m.institution_id AND a.id = m.path_id
     WHERE m.id = ANY(%(ids)s::bigint[]) AND <chosen>
    """,
    person=PEOPLE.joined("p", "m.student_id"),
)
_FIRST: Final = (
    "NOT EXISTS (SELECT FROM recognition_certificate k WHERE k.institution_id = {it}.institution_id"
    " AND k.{column} = {it}.id) AND NOT {erased}"
)

FOR_COMPLETED_COURSES: Final = compose(
    _ISSUE,
    completed=compose(
        _COURSES,
        chosen="s.is_enabled AND "
        + _FIRST.format(it="e", column="enrollment_id", erased=erased("p")),
    ),
)
FOR_COMPLETED_PATHS: Final = compose(
    _ISSUE,
    completed=compose(
        _PATHS,
        chosen="a.awards_certificate AND "
        + _FIRST.format(it="m", column="path_member_id", erased=erased("p")),
    ),
)
FOR_COURSES: Final = compose(_ISSUE, completed=compose(_COURSES, chosen="true"))
"""By hand: also where the course awards none, or again."""
FOR_PATHS: Final = compose(_ISSUE, completed=compose(_PATHS, chosen="true"))
