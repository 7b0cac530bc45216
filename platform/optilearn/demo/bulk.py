"""Bulk loading of one institution: ids from PostgreSQL's sequences, rows by COPY."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl
from django.db import connection

from optilearn.core.tenancy.context import require_institution_id

CHUNK_ROWS: Final = 200_000
"""Rows encoded at a time: large enough to be fast, small enough to show progress."""

OWNED_TABLES: Final = (
    # Children first, so that references never dangle.
    "calendars_calendarfeed",
    "compliance_evidence",
    "compliance_obligation",
    "compliance_requirementperson",
    "compliance_requirement",
    "live_attendance",
    "live_recording",
    "live_presenceevent",
    "live_liveclass",
    "live_liveseries",
    "analytics_occurrencerecipient",
    "analytics_occurrencefile",
    "analytics_occurrence",
    "analytics_schedule",
    "analytics_exportjob",
    "analytics_alertstate",
    "analytics_alertevaluation",
    "analytics_alert",
    "analytics_favorite",
    "analytics_savedversion",
    "analytics_saveditem",
    "notifications_deliverymark",
    "notifications_dailycount",
    "notifications_delivery",
    "notifications_notification",
    "notifications_digest",
    "notifications_preference",
    "notifications_readerprofile",
    "notifications_pushtoken",
    "notifications_addressstate",
    "notifications_webhookreceipt",
    "notifications_messagetemplate",
    "community_discussionreader",
    "community_discussionreport",
    "community_discussionmention",
    "community_discussionpostversion",
    "community_discussionpost",
    "community_discussionthread",
    "community_messagereport",
    "community_messageversion",
    "community_message",
    "community_conversationmember",
    "community_conversation",
    "community_messagingrules",
    "community_announcementreceipt",
    "community_announcementversion",
    "community_announcementcourse",
    "community_announcement",
    "activity_statedocument",
    "activity_statement",
    "activity_event",
    "recognition_earnedbadge",
    "recognition_badge",
    "recognition_pointsentry",
    "recognition_pointsrule",
    "recognition_coursepoints",
    "recognition_learnertotals",
    "recognition_certificate",
    "recognition_pathmember",
    "recognition_pathcourse",
    "recognition_learningpath",
    "recognition_certificatenumber",
    "recognition_certificatesettings",
    "recognition_certificatetemplateversion",
    "recognition_certificatetemplate",
    "assessment_regrademessage",
    "assessment_regraderequest",
    "assessment_submissioncomment",
    "assessment_submissionmark",
    "assessment_gradechange",
    "assessment_grade",
    "assessment_peerreviewresult",
    "assessment_peerreview",
    "assessment_peerreviewsettings",
    "assessment_submissionfile",
    "assessment_submission",
    "assessment_quizregrade",
    "assessment_focuschange",
    "assessment_answer",
    "assessment_attempt",
    "assessment_accommodation",
    "assessment_quizslot",
    "assessment_quiz",
    "assessment_questionversion",
    "assessment_question",
    "assessment_questioncategory",
    "assessment_extension",
    "assessment_assignment",
    "assessment_groupmember",
    "assessment_studentgroup",
    "assessment_groupset",
    "assessment_rubricversion",
    "assessment_rubric",
    "assessment_gradegroup",
    "assessment_gradingpolicy",
    "crm_completionoutbox",
    "enrollment_courserating",
    "enrollment_waitingentry",
    "enrollment_lessonprogress",
    "enrollment_enrollment",
    "courses_caption",
    "courses_lessonoverride",
    "courses_prerequisite",
    "files_file",
    "courses_lesson",
    "courses_module",
    "courses_coteacher",
    "courses_course",
    "people_apitoken",
    "people_endedsession",
    "people_person",
    "crm_section",
    "crm_schoolclass",
    "crm_directorystate",
    "institutions_attributedefinition",
    "institutions_holiday",
    "institutions_term",
)
"""Tables of an institution that are replaced when it is loaded again.

The rest is evidence (audit entries, snapshots, tombstones, who was erased) and stays.
"""

_LET_GO: Final = (
    # Courses and files refer to each other: one side lets go before either is deleted.
    "UPDATE courses_course SET cover_id = NULL WHERE cover_id IS NOT NULL",
    "UPDATE courses_lesson SET file_id = NULL WHERE file_id IS NOT NULL",
)
_COUNT_SEATS: Final = """
    UPDATE courses_course c SET enrolled_count = seats.held
      FROM (SELECT course_id, count(*) AS held FROM enrollment_enrollment
             WHERE status IN ('ACTIVE', 'COMPLETED') GROUP BY course_id) seats
     WHERE c.id = seats.course_id
"""
"""As ``enrollment.services.recount`` does for one course; new courses have none."""

Advance = Callable[[int], None]
"""Told how many rows have been written since the last call."""


@dataclass(frozen=True)
class Loader:
    """Writes frames into tables of the institution in force, inside the open transaction."""

    advance: Advance

    def clear(self) -> int:
        """Delete what the institution has; the number of rows."""
        deleted = 0
        with connection.cursor() as cursor:
            for statement in _LET_GO:
                cursor.execute(statement)
            for table in OWNED_TABLES:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  (a constant; RLS scopes it)
                deleted += cursor.rowcount
        return deleted

    def count_seats(self) -> None:
        """Write down how many enrollments hold a seat of each course that was loaded."""
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_SEATS)

    def ids(self, table: str, count: int) -> pl.Series:
        """``count`` fresh ids of the table, ascending."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, count],
            )
            return pl.Series("id", [row[0] for row in cursor.fetchall()], dtype=pl.Int64)

    def number(self, table: str, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with a column ``id`` of fresh ids in its order."""
        return frame.with_columns(self.ids(table, frame.height))

    def write(self, table: str, frame: pl.DataFrame) -> None:
        """COPY the frame, whose columns are the table's; the institution is added."""
        self.stream(table, frame.columns, (frame.slice(o, CHUNK_ROWS) for o in _offsets(frame)))

    def stream(self, table: str, columns: list[str], frames: Iterable[pl.DataFrame]) -> None:
        """Write frames one after another.

        PostgreSQL refuses COPY into a table with row-level security, so the rows go through a
        temporary table (no log, no index) and an INSERT that the policy checks.
        """
        names = ", ".join(f'"{c}"' for c in columns)
        owner = require_institution_id()
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE staging ON COMMIT DROP AS "  # noqa: S608  (our names)
                f"SELECT {names} FROM {table} WITH NO DATA"
            )
            for frame in frames:
                with cursor.copy(f"COPY staging ({names}) FROM STDIN (FORMAT csv)") as copy:
                    rows = frame.select(columns)
                    copy.write(rows.write_csv(include_header=False, quote_style="non_numeric"))
                cursor.execute(
                    f"INSERT INTO {table} (institution_id, {names}) "  # noqa: S608  (our names)
                    f"SELECT %s, {names} FROM staging",
                    [owner],
                )
                cursor.execute("TRUNCATE staging")
                self.advance(frame.height)
            cursor.execute("DROP TABLE staging")


def _offsets(frame: pl.DataFrame) -> range:
    return range(0, frame.height, CHUNK_ROWS)
