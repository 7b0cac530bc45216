"""A snapshot file made straight from OULAD's Parquet files, for tests and measurements.

The mapping (docs/report-reference.md#oulad) is written in SQL and shares nothing with the
pipelines, so that a mistake there is not repeated here.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from reports.contracts import SnapshotRef
from reports.snapshot.schema import AttributeDefinition
from tests.reports.snapshot_files import create_tables, reference, write_manifest

ATTRIBUTES = tuple(
    AttributeDefinition("enrollments", key, kind, key)
    for key, kind in (
        ("gender", "text"),
        ("region", "text"),
        ("highestEducation", "text"),
        ("imdBand", "text"),
        ("ageBand", "text"),
        ("disability", "boolean"),
        ("previousAttempts", "integer"),
        ("studiedCredits", "integer"),
    )
)

_STATEMENTS = (
    """CREATE TEMP VIEW pres AS SELECT code_module m, code_presentation p,
         module_presentation_length AS days,
         make_date(CAST(p[:4] AS INTEGER), CASE WHEN p[5:] = 'B' THEN 2 ELSE 10 END, 1) AS start
       FROM read_parquet('{dir}/courses.parquet')""",
    """INSERT INTO terms SELECT row_number() OVER (ORDER BY p), p, p, start, max(start + days)
       FROM (SELECT p, start, days FROM pres) GROUP BY p, start""",
    """INSERT INTO staff SELECT 900000000 + row_number() OVER (ORDER BY m), 'teacher-' || m,
         'Teacher ' || m, 'TEACHER', 'ACTIVE' FROM (SELECT DISTINCT m FROM pres)""",
    "INSERT INTO staff VALUES (900000100, 'admin', 'Administrator', 'ADMIN', 'ACTIVE')",
    """INSERT INTO students SELECT DISTINCT id_student, CAST(id_student AS VARCHAR),
         'Student ' || id_student, NULL, NULL, 'ACTIVE'
       FROM read_parquet('{dir}/studentInfo.parquet') ORDER BY 1""",
    """INSERT INTO courses SELECT row_number() OVER (ORDER BY m, p), m || '-' || p,
         m || ' ' || p, m, 'PUBLISHED', NULL, NULL, NULL, NULL, start, start + days, days,
         (SELECT id FROM terms WHERE code = p),
         (SELECT id FROM staff WHERE code = 'teacher-' || m), NULL, NULL, NULL FROM pres""",
    """CREATE TEMP TABLE c AS SELECT id, category AS m, code[5:] AS p, starts_on AS start
       FROM courses""",
    """INSERT INTO modules SELECT row_number() OVER (ORDER BY c.id, activity_type), c.id,
         activity_type, row_number() OVER (PARTITION BY c.id ORDER BY activity_type)
       FROM (SELECT DISTINCT code_module, code_presentation, activity_type
             FROM read_parquet('{dir}/vle.parquet')) v
       JOIN c ON c.m = code_module AND c.p = code_presentation""",
    """INSERT INTO lessons SELECT id_site, c.id, md.id, activity_type || ' ' || id_site,
         activity_type, row_number() OVER (PARTITION BY c.id ORDER BY id_site), true, NULL, NULL
       FROM read_parquet('{dir}/vle.parquet') v
       JOIN c ON c.m = code_module AND c.p = code_presentation
       JOIN modules md ON md.course_id = c.id AND md.title = activity_type ORDER BY id_site""",
    """INSERT INTO enrollments SELECT row_number() OVER (ORDER BY c.id, i.id_student), i.id_student,
         c.id,
         CASE final_result WHEN 'Pass' THEN 'COMPLETED' WHEN 'Distinction' THEN 'COMPLETED'
           WHEN 'Withdrawn' THEN 'WITHDRAWN' ELSE 'ENDED' END,
         upper(final_result), start + date_registration, start + date_registration, NULL, NULL,
         start + date_unregistration, start + date_unregistration, NULL, NULL, NULL, NULL, NULL,
         'IMPORT',
         age_band, disability = 'Y', gender, highest_education, imd_band,
         num_of_prev_attempts, region, studied_credits
       FROM read_parquet('{dir}/studentInfo.parquet') i
       JOIN read_parquet('{dir}/studentRegistration.parquet') r
         USING (code_module, code_presentation, id_student)
       JOIN c ON c.m = code_module AND c.p = code_presentation""",
    """INSERT INTO assignments SELECT id_assessment, c.id, NULL,
         upper(assessment_type) || ' ' || id_assessment, upper(assessment_type),
         start + CAST(date AS INTEGER), start + CAST(date AS INTEGER), weight, 100, NULL
       FROM read_parquet('{dir}/assessments.parquet')
       JOIN c ON c.m = code_module AND c.p = code_presentation ORDER BY 1""",
    """INSERT INTO submissions SELECT row_number() OVER (ORDER BY id_assessment, s.id_student),
         s.id_student, e.id, id_assessment, a.course_id, 'GRADED', start + date_submitted,
         start + date_submitted, score,
         coalesce(start + date_submitted > a.due_on, false), is_banked = 1, NULL, NULL
       FROM read_parquet('{dir}/studentAssessment.parquet') s
       JOIN assignments a ON a.id = id_assessment JOIN c ON c.id = a.course_id
       JOIN enrollments e ON e.course_id = c.id AND e.student_id = s.id_student""",
    """INSERT INTO activity SELECT row_number() OVER (), v.id_student, c.id, e.id, id_site, 'VIEW',
         start + v.date, start + v.date, sum_click
       FROM read_parquet('{dir}/studentVle.parquet') v
       JOIN c ON c.m = code_module AND c.p = code_presentation
       JOIN enrollments e ON e.course_id = c.id AND e.student_id = v.id_student""",
)


def build(oulad_dir: Path, path: Path, *, institution_id: int = 1) -> SnapshotRef:
    """Write the snapshot of ``oulad_dir`` to ``path``."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        create_tables(connection, ATTRIBUTES)
        for statement in _STATEMENTS:
            connection.execute(statement.replace("{dir}", str(oulad_dir)))
        write_manifest(
            connection,
            institution_id=institution_id,
            snapshot_id="oulad",
            attributes=ATTRIBUTES,
        )
    return reference(path, institution_id=institution_id, snapshot_id="oulad")
