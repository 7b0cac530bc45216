"""A file that is wrong or suspicious is not published, and the registry says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.snapshots.errors import ChecksFailedError, SnapshotError
from pipelines.snapshots.service import SnapshotKind, SnapshotRequest, SnapshotService
from pipelines.snapshots.settings import DropBand, SnapshotSettings
from tests.pipelines.files import published_path, registry, rows
from tests.pipelines.records import Records, superuser
from tests.support.services import Database


@pytest.fixture
def school(service: SnapshotService, springdale: Records) -> Records:
    """With a good snapshot."""
    springdale.some()
    service.take(springdale.institution)
    return springdale


def refused(service: SnapshotService, records: Records, problem: str, *, full: bool) -> None:
    """Nothing is published, the last good one serves, and the next good run heals."""
    good = published_path(service, records)
    with pytest.raises(SnapshotError, match=problem):
        service.take(records.institution, SnapshotRequest(full=full))
    kind, status, problem = registry(records)[-1]
    assert (kind, status) == ("FULL", "FAILED")
    assert problem
    assert published_path(service, records) == good
    assert list(good.parent.iterdir()) == [good]


@pytest.mark.parametrize("full", [True, False])
def test_an_orphan(
    full: bool, service: SnapshotService, school: Records, database: Database
) -> None:
    with superuser(database) as careless:
        careless.execute("SET session_replication_role = replica")  # no foreign key is looked at
        school.over(careless).event((10**12, 10**12, 10**12))
    refused(service, school, "activity have a student_id that is not among the students", full=full)
    school.run("DELETE FROM activity_event WHERE institution_id = $i AND student_id = 10^12")
    assert service.take(school.institution).kind is not SnapshotKind.UNCHANGED


@pytest.mark.parametrize("full", [True, False])
def test_children_whose_parent_went(
    full: bool, service: SnapshotService, school: Records, database: Database
) -> None:
    with superuser(database) as careless:
        careless.execute("SET session_replication_role = replica")
        careless.execute("ALTER TABLE courses_course ENABLE ALWAYS TRIGGER buried")
        try:
            school.over(careless).run("DELETE FROM courses_course WHERE institution_id = $i")
        finally:
            careless.execute("ALTER TABLE courses_course ENABLE TRIGGER buried")
    refused(service, school, "course_id that is not among the courses", full=full)


@pytest.mark.parametrize("full", [True, False])
def test_an_unknown_kind_of_event(full: bool, service: SnapshotService, school: Records) -> None:
    enrollment = school.run(
        "SELECT id, student_id, course_id FROM enrollment_enrollment WHERE institution_id = $i"
    )[0]
    school.event((enrollment[0], enrollment[1], enrollment[2]), kind=77)
    refused(service, school, "must not be missing", full=full)


@pytest.mark.parametrize("full", [True, False])
def test_an_attribute_of_another_type(
    full: bool, service: SnapshotService, school: Records
) -> None:
    school.add("institutions_attributedefinition", entity="students", key="age", type="integer")
    school.person(attributes={"age": "twelve"})
    refused(service, school, "twelve", full=full)
    school.run("UPDATE people_person SET attributes = '{}' WHERE institution_id = $i")
    service.take(school.institution)
    assert rows(service, school, 'SELECT DISTINCT "attributes.age" FROM students') == [(None,)]


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "0001-01-01Z", "12000-01-01Z"])
def test_an_instant_of_no_calendar(moment: str, service: SnapshotService, school: Records) -> None:
    school.run("UPDATE courses_course SET published_at = %s WHERE institution_id = $i", moment)
    refused(service, school, "published_at", full=True)


def test_a_drop_beyond_the_band(settings: SnapshotSettings, springdale: Records) -> None:
    careful = replace(settings, drop_band=DropBand(fraction=0.3, from_rows=50))
    with SnapshotService(careful) as service:
        springdale.some()
        service.take(springdale.institution)
        springdale.run("DELETE FROM activity_event WHERE institution_id = $i AND clicks > 10")
        refused(service, springdale, "activity fell from 100 to 50 rows", full=False)
        refused(service, springdale, "activity fell from 100 to 50 rows", full=True)
        accepted = service.take(
            springdale.institution, SnapshotRequest(full=True, accept_drop=True)
        )
        assert accepted.kind is SnapshotKind.FULL
        springdale.run("DELETE FROM activity_event WHERE institution_id = $i AND clicks = 1")
        assert service.take(springdale.institution).kind is SnapshotKind.INCREMENTAL


def test_all_problems_are_reported_at_once(
    service: SnapshotService, school: Records, database: Database
) -> None:
    with superuser(database) as careless:
        careless.execute("SET session_replication_role = replica")
        school.over(careless).event((10**12, 10**12, 10**12))
    with pytest.raises(ChecksFailedError) as caught:
        service.take(school.institution, SnapshotRequest(full=True))
    assert len(caught.value.problems) == 3


def test_an_unknown_time_zone(service: SnapshotService, school: Records) -> None:
    school.run("UPDATE institutions_institution SET time_zone = 'Mars/Olympus' WHERE id = $i")
    refused(service, school, "Mars/Olympus", full=True)
