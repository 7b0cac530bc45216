"""Loading the made-up school into PostgreSQL.

It is loaded once; each test works in a transaction on top of that, which is rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Caption, Course, Lesson
from optilearn.crm.models import CompletionOutbox
from optilearn.demo.oulad import load_oulad
from optilearn.demo.oulad_files import FILES
from optilearn.demo.school import load_school
from optilearn.demo.springdale import TABLES
from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services import completion
from optilearn.files.models import File
from optilearn.institutions.selectors import institution_by_slug
from optilearn.institutions.services import remember
from optilearn.people.models import ApiToken, Person
from tests.architecture.support import ROOT
from tests.support.school import school

OULAD = ROOT / "data" / "oulad_sample"
SEATS = """
    SELECT count(*) FILTER (WHERE c.enrolled_count <> h.held), sum(c.enrolled_count),
           count(*) FILTER (WHERE c.search IS NULL)
      FROM courses_course c, LATERAL (
        SELECT count(*) AS held FROM enrollment_enrollment e WHERE e.course_id = c.id
           AND e.status IN ('ACTIVE', 'COMPLETED')) h
"""
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.usefixtures("_made_once", "_loaded"),
]


@pytest.fixture(scope="module")
def _made_once() -> Iterator[None]:
    """Every load takes the same school, as `make_school` would make it anew each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optilearn.demo.school.make_school", school)
        yield


@contextmanager
def undone() -> Iterator[None]:
    """A transaction that is rolled back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def _loaded(
    _made_once: None, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with django_db_blocker.unblock(), undone():
        call_command("load_school", "--institution", "springdale")
        with django_db_blocker.block():
            yield


def counts() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            (found[table],) = cursor.fetchone()
    return found


def test_twice_is_once_and_every_row_arrives(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_school", "--institution", "springdale")
    assert "nothing changed" in capsys.readouterr().out
    institution = institution_by_slug("springdale")
    assert institution is not None
    expected = {table: len(rows) for table, rows in school().tables.items()}
    with tenant_context(institution.id):
        assert counts() == expected
        with connection.cursor() as cursor:
            cursor.execute(
                # Counted before the names are looked up: without statistics, as in a transaction
                # that has just loaded it all, the planner may look them up once for each event.
                "WITH uses AS MATERIALIZED (SELECT student_id, course_id, count(*) AS n"
                " FROM activity_event GROUP BY student_id, course_id)"
                " SELECT p.name, c.title, sum(u.n) FROM uses u"
                " JOIN people_person p ON p.id = u.student_id"
                " JOIN courses_course c ON c.id = u.course_id"
                " GROUP BY p.name, c.title ORDER BY 3 DESC, 1, 2 LIMIT 1"
            )
            busiest = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM activity_event WHERE lesson_id IS NULL")
            (without_lesson,) = cursor.fetchone()
    tables = school().tables
    named = {row.id: row.name for row in tables["people_person"]}
    titled = {row.id: row.title for row in tables["courses_course"]}
    uses: dict[tuple[str, str], int] = {}
    for event in tables["activity_event"]:
        key = (named[event.student_id], titled[event.course_id])
        uses[key] = uses.get(key, 0) + 1
    most = min(uses.items(), key=lambda item: (-item[1], item[0]))
    assert busiest == (*most[0], most[1])
    assert without_lesson == sum(event.lesson_id is None for event in tables["activity_event"])


def seats(slug: str) -> tuple[int, int, int]:
    institution = institution_by_slug(slug)
    assert institution is not None
    with tenant_context(institution.id), connection.cursor() as cursor:
        cursor.execute(SEATS)
        found: tuple[int, int, int] = cursor.fetchone()
    return found


def few_of_the_university(folder: Path) -> None:
    """The records of one student in forty."""
    frames = {name: pl.read_parquet(OULAD / f"{name}.parquet") for name in FILES}
    students = frames["studentInfo"]["id_student"].unique().sort().gather_every(40).implode()
    for name, frame in frames.items():
        is_theirs = pl.col("id_student").is_in(students)
        kept = frame.filter(is_theirs) if "id_student" in frame.columns else frame
        kept.write_parquet(folder / f"{name}.parquet")


def test_each_course_knows_how_many_hold_a_seat_and_its_words(tmp_path: Path) -> None:
    few_of_the_university(tmp_path)
    load_oulad(tmp_path, "university", started=lambda _: None, advance=lambda _: None)
    for slug in ("university", "springdale"):
        wrong, held, unsearchable = seats(slug)
        assert (wrong, unsearchable) == (0, 0)
        assert held > 0


def reload(slug: str) -> None:
    institution = institution_by_slug(slug)
    assert institution is not None
    with tenant_context(institution.id):
        remember(key="loaded", value={"source": "an earlier version"})
    assert not load_school(slug, started=lambda _: None, advance=lambda _: None).already_loaded


@pytest.mark.slow
def test_a_school_in_use_can_be_loaded_again() -> None:
    institution = institution_by_slug("springdale")
    assert institution is not None
    with tenant_context(institution.id):
        student = Person.objects.filter(kind="STUDENT").earliest("id")
        enrollment = Enrollment.objects.filter(student=student).earliest("id")
        lesson = Lesson.objects.filter(course_id=enrollment.course_id, kind="VIDEO").earliest("id")
        file = File.objects.create(
            owner=student,
            course_id=lesson.course_id,
            lesson=lesson,
            category="video",
            key="v",
            name="v",
            content_type="video/mp4",
            size_bytes=1,
        )
        Lesson.objects.filter(pk=lesson.pk).update(file=file)
        Course.objects.filter(pk=lesson.course_id).update(cover=file)
        Caption.objects.create(lesson=lesson, course_id=lesson.course_id, language="hi", file=file)
        ApiToken.objects.create(
            person=student, name="t", token_hash=b"t", hint="t", scopes=["reports:read"]
        )
        CompletionOutbox.objects.create(
            enrollment_id=enrollment.pk, student_id=student.pk, next_attempt_at=at(TODAY, 0)
        )
    reload("springdale")
    with tenant_context(institution.id):
        assert counts() == {table: len(rows) for table, rows in school().tables.items()}
        assert not File.objects.exists()
    assert seats("springdale")[0] == 0


@pytest.mark.slow
def test_the_service_finds_every_progress_as_it_is() -> None:
    institution = institution_by_slug("springdale")
    assert institution is not None
    state = "SELECT id, status, progress_pct, completed_at FROM enrollment_enrollment ORDER BY id"
    with (
        tenant_context(institution.id),
        clock.frozen(at(TODAY, 18 * 3600)),
        connection.cursor() as cursor,
    ):
        cursor.execute(state)
        before = cursor.fetchall()
        # The service leaves what is COMPLETED alone, so that is asked as if it weren't.
        cursor.execute(
            "UPDATE enrollment_enrollment SET status = 'ACTIVE', expires_at = NULL"
            " WHERE status = 'COMPLETED'"
        )
        for course_id in Course.objects.values_list("id", flat=True):
            completion.recompute_course(course_id)
        cursor.execute(state)
        assert cursor.fetchall() == before


POINTS = """
    WITH days AS (
        SELECT student_id, day,
               day - (row_number() OVER (PARTITION BY student_id ORDER BY day))::int AS island
          FROM (SELECT DISTINCT student_id, day FROM recognition_pointsentry) d
    ), streaks AS (
        SELECT student_id, max(length) AS longest FROM (
            SELECT student_id, island, count(*) AS length FROM days GROUP BY student_id, island) s
         GROUP BY student_id
    ), done AS (
        SELECT student_id, count(*) * 10 AS points FROM enrollment_lessonprogress
         WHERE status = 'COMPLETED' GROUP BY student_id
        UNION ALL
        SELECT student_id, count(*) * 100 FROM enrollment_enrollment
         WHERE completed_at IS NOT NULL GROUP BY student_id
    ), due AS (SELECT student_id, sum(points) AS points FROM done GROUP BY student_id)
    SELECT count(*), count(*) FILTER (WHERE t.points = d.points),
           count(*) FILTER (WHERE t.longest_streak = s.longest), max(s.longest)
      FROM recognition_learnertotals t
      JOIN due d USING (student_id) JOIN streaks s USING (student_id)
"""
CERTIFICATES = """
    SELECT count(*), count(DISTINCT enrollment_id), count(DISTINCT number),
           count(DISTINCT code_hash),
           (SELECT count(*) FROM enrollment_enrollment WHERE completed_at IS NOT NULL),
           count(*) FILTER (WHERE issued_at - completed_at BETWEEN '0' AND '1 day'),
           count(*) FILTER (WHERE expires_at IS NOT NULL)
      FROM recognition_certificate
"""


def test_students_have_what_they_earned_and_nobody_was_notified() -> None:
    """By sums and streaks that SQL finds in another way."""
    institution = institution_by_slug("springdale")
    assert institution is not None
    with tenant_context(institution.id), connection.cursor() as cursor:
        cursor.execute(POINTS)
        learners, right, streaks, longest = cursor.fetchone()
        assert learners == right == streaks > 500
        assert longest > 6
        cursor.execute(CERTIFICATES)
        issued, once, numbers, codes, completed, timely, expiring = cursor.fetchone()
        assert issued == once == numbers == codes == completed == timely > 1_000
        assert 0 < expiring < issued
        cursor.execute("SELECT count(*) FROM recognition_earnedbadge")
        assert cursor.fetchone()[0] > 600
        cursor.execute("SELECT count(*) FROM notifications_notification")
        assert cursor.fetchone()[0] == 0
