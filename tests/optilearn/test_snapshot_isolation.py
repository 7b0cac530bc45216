"""A snapshot file holds the rows of one institution, all of them, and no other's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb
import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from optilearn.analytics import snapshots
from optilearn.analytics.models import Snapshot
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.registry import definition_of
from optilearn.notifications.services import send
from reports.snapshot.layout import storage_key
from reports.snapshot.schema import TABLES
from tests.support.assessed import GRADED, POSTED, assess
from tests.support.at_once import working_on
from tests.support.certificates import certified
from tests.support.compliance import oblige
from tests.support.database import migrated_database
from tests.support.discussed import discuss
from tests.support.snapshots import take_snapshots
from tests.support.twins import Twin, make_twins

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

Twins = tuple[Twin, Twin]

SOURCES = {
    "terms": "institutions_term",
    "staff": "people_person",
    "students": "people_person",
    "courses": "courses_course",
    "modules": "courses_module",
    "lessons": "courses_lesson",
    "enrollments": "enrollment_enrollment",
    "lesson_progress": "enrollment_lessonprogress",
    "assignments": "assessment_assignment",
    "submissions": "assessment_submission",
    "grades": "assessment_grade",
    "questions": "assessment_question",
    "quiz_attempts": "assessment_attempt",
    "quiz_answers": "assessment_answer",
    "peer_reviews": "assessment_peerreview",
    "attendance": "live_attendance",
    "certificates": "recognition_certificate",
    "points": "recognition_pointsentry",
    "activity": "activity_event",
    "deliveries": "notifications_delivery",
    "discussion_posts": "community_discussionpost",
    "compliance": "compliance_obligation",
}


@pytest.fixture(scope="module")
def twins(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Twins]:
    """Twins in whose every table is something, in a database of their own, with snapshots."""
    store = tmp_path_factory.mktemp("isolation")
    with (
        migrated_database("isolation") as database,
        working_on(database, django_db_blocker),
        override_settings(SNAPSHOT_URL=store.as_uri()),
    ):
        made = make_twins()
        for twin in made:
            with tenant_context(twin.id):
                data = definition_of("ENROLL_WELCOME").example
                send(key="ENROLL_WELCOME", to=twin.people["lena"].pk, data=data)
                assess(twin)
                discuss(twin)
                oblige(twin)
            certified(twin)
        take_snapshots(database, store)
        yield made


def file_of(twin: Twin) -> Path:
    with tenant_context(twin.id):
        key = Snapshot.objects.order_by("-id").values_list("storage_key", flat=True)[0]
    return Path(urlsplit(settings.SNAPSHOT_URL).path) / key


def ids(query: str, *parameters: Any) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return {row[0] for row in cursor.fetchall()}


def test_every_table_of_a_snapshot_is_swept() -> None:
    assert set(SOURCES) == {table.name for table in TABLES}


@pytest.mark.parametrize("table", sorted(SOURCES))
def test_a_snapshot_holds_its_own_institution_and_nothing_else(
    twins: Twins, table: str, tmp_path: Path
) -> None:
    kinds = {"staff": ("USER",), "students": ("STUDENT",)}
    for twin in twins:
        # The engine may have the file open, and DuckDB opens one in one way only in a process.
        copy = shutil.copy(file_of(twin), tmp_path)
        with duckdb.connect(str(copy), read_only=True) as file:
            held = {row[0] for row in file.execute(f"SELECT id FROM {table}").fetchall()}
        with tenant_context(twin.id):
            own = ids(f"SELECT id FROM {SOURCES[table]}")
            if table in kinds:
                own &= ids("SELECT id FROM people_person WHERE kind = ANY(%s)", list(kinds[table]))
        assert held == own
        assert held


def test_what_was_not_released_is_in_no_file(twins: Twins, tmp_path: Path) -> None:
    """Of two students with the same grade one sees it; the review is a draft."""
    for twin in twins:
        copy = shutil.copy(file_of(twin), tmp_path)
        with duckdb.connect(str(copy), read_only=True) as file:
            grades = file.execute(
                "SELECT points, raw_points, deducted, is_excused, graded_on, graded_at IS NULL,"
                " posted_on FROM grades JOIN students ON students.id = student_id"
                " WHERE assignment_id = (SELECT id FROM assignments WHERE title = 'Sums')"
                " ORDER BY code"
            ).fetchall()
            reviews = file.execute("SELECT status, decision, score FROM peer_reviews").fetchall()
            answers = file.execute("SELECT is_answered FROM quiz_answers ORDER BY id").fetchall()
            owed = file.execute("SELECT title, status FROM compliance").fetchall()
            posts = file.execute(
                "SELECT status, is_question, is_best FROM discussion_posts ORDER BY id"
            ).fetchall()
        assert grades == [
            (63, 70, 7, True, GRADED.date(), False, POSTED.date()),
            (None, None, None, False, None, True, None),
        ]
        assert reviews == [("PENDING", "", None)]
        assert owed == [("Fire safety", "OVERDUE")]
        assert posts == [
            ("VISIBLE", True, False),
            ("VISIBLE", False, True),
            ("HIDDEN", False, False),
            ("DELETED", False, False),
            ("VISIBLE", False, False),
        ]
        assert answers == [(True,), (False,)]


def test_no_text_of_a_snapshot_names_the_other_institution(twins: Twins) -> None:
    for twin, other in (twins, twins[::-1]):
        content = file_of(twin).read_bytes()
        assert twin.institution.slug.encode() in content
        assert other.institution.slug.encode() not in content


def test_another_place_is_another_storage(tmp_path: Path) -> None:
    """What a process first read from is not where it reads from for ever: that was a 503."""
    places = [tmp_path / "one", tmp_path / "two", tmp_path / "one"]
    found = []
    for place in places:
        with override_settings(SNAPSHOT_URL=place.as_uri()):
            found.append(snapshots._storage())
    assert found[0] is found[2]
    assert found[0] is not found[1]
    key = storage_key("test", 1, "s1")
    for storage, place in zip(found, places, strict=True):
        assert storage.workplace(key).is_relative_to(place)
