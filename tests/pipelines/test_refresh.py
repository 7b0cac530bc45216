"""What changed since the last snapshot is never missed, however it came about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.snapshots import refresh, update
from pipelines.snapshots.service import SnapshotKind, SnapshotRequest, SnapshotService
from tests.pipelines.files import manifest, published_path, registry, rows
from tests.pipelines.records import Records, superuser
from tests.support.services import Database

pytestmark = pytest.mark.slow


@pytest.fixture
def school(springdale: Records) -> Records:
    springdale.some()
    return springdale


@pytest.fixture(autouse=True)
def _always_incremental(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows out of a few are not too large a part."""
    monkeypatch.setattr("pipelines.snapshots.service.FULL_SHARE", 1_000)
    assert refresh.FULL_SHARE < 1


def names(service: SnapshotService, records: Records) -> set[str]:
    return {name for (name,) in rows(service, records, "SELECT name FROM students")}


def refreshed(service: SnapshotService, records: Records) -> None:
    """An incremental snapshot, which must equal a full one."""
    assert service.take(records.institution).kind is SnapshotKind.INCREMENTAL
    incremental = manifest(service, records).tables
    service.take(records.institution, SnapshotRequest(full=True))
    assert manifest(service, records).tables == incremental


def test_nothing_changed_makes_no_file(service: SnapshotService, school: Records) -> None:
    first = service.take(school.institution)
    before = school.run("SELECT checked_at FROM analytics_snapshot WHERE institution_id = $i")
    second = service.take(school.institution)
    after = school.run("SELECT checked_at FROM analytics_snapshot WHERE institution_id = $i")
    assert second.kind is SnapshotKind.UNCHANGED
    assert second.snapshot_id == first.snapshot_id
    assert after > before
    assert len(registry(school)) == 1
    assert len(list(published_path(service, school).parent.iterdir())) == 1


def test_a_day_that_passes_makes_obligations_overdue(
    service: SnapshotService, school: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody writes these rows: they are read again on the day on which they turn, and once."""
    asha, today = school.person("USER"), datetime.now(UTC).date()
    requirement = school.add(
        "compliance_requirement", accepts_evidence=True, created_by_id=asha, first_due_on=today
    )
    states = (
        {"period": 0, "overdue_on": today - timedelta(days=1)},
        {"period": 1, "overdue_on": today},
        {"period": 2, "overdue_on": today, "met_at": datetime.now(UTC), "met_by": "COURSE"},
        {"period": 3, "overdue_on": today + timedelta(days=2)},
    )
    own = {"requirement_id": requirement, "person_id": asha, "title": "Fire", "due_on": today}
    for values in states:
        school.add("compliance_obligation", **(own | values))

    def statuses() -> list[str]:
        return [s for (s,) in rows(service, school, "SELECT status FROM compliance ORDER BY id")]

    with monkeypatch.context() as yesterday:
        for module in ("extract", "refresh"):
            yesterday.setattr(
                f"pipelines.snapshots.{module}.day_of", lambda *_: today - timedelta(days=1)
            )
        service.take(school.institution)
        assert statuses() == ["OVERDUE", "PENDING", "MET", "PENDING"]
        assert service.take(school.institution).kind is SnapshotKind.UNCHANGED
    with monkeypatch.context() as first:
        first.setattr("pipelines.snapshots.refresh.day_of", lambda *_: today - timedelta(days=1))
        first.setattr("pipelines.snapshots.extract.day_of", lambda *_: today)
        assert service.take(school.institution).kind is SnapshotKind.INCREMENTAL
    assert statuses() == ["OVERDUE", "OVERDUE", "MET", "PENDING"]
    assert service.take(school.institution).kind is SnapshotKind.UNCHANGED
    school.run("UPDATE compliance_obligation SET withdrawn_at = now() WHERE period = 1")
    refreshed(service, school)
    assert statuses() == ["OVERDUE", "MET", "PENDING"]


def test_new_changed_and_deleted_rows(service: SnapshotService, school: Records) -> None:
    service.take(school.institution)
    school.person(name="Meera")
    school.run("UPDATE enrollment_enrollment SET progress_pct = 99 WHERE institution_id = $i")
    school.run("DELETE FROM activity_event WHERE institution_id = $i AND clicks = 7")
    refreshed(service, school)
    assert "Meera" in names(service, school)
    assert rows(service, school, "SELECT DISTINCT progress_pct::int FROM enrollments") == [(99,)]
    assert rows(service, school, "SELECT count(*) FROM activity WHERE clicks = 7") == [(0,)]


def test_a_transaction_that_commits_late(
    service: SnapshotService, school: Records, database: Database
) -> None:
    service.take(school.institution)
    with superuser(database) as late, late.transaction():
        school.over(late).person(name="Late")
        school.person(name="Early")  # a greater id, committed before
        refreshed(service, school)
        assert names(service, school) >= {"Early"}
        assert "Late" not in names(service, school)
    refreshed(service, school)
    assert "Late" in names(service, school)


def test_a_late_transaction_across_unchanged_snapshots(
    service: SnapshotService, school: Records, database: Database
) -> None:
    with superuser(database) as late, late.transaction():
        school.over(late).person(name="Late")
        service.take(school.institution)
        assert service.take(school.institution).kind is SnapshotKind.UNCHANGED
    refreshed(service, school)
    assert "Late" in names(service, school)


def test_a_late_deletion(service: SnapshotService, school: Records, database: Database) -> None:
    gone = school.person(name="Gone")
    with superuser(database) as late, late.transaction():
        school.over(late).run("DELETE FROM people_person WHERE id = %s", gone)
        service.take(school.institution)
        assert "Gone" in names(service, school)
    refreshed(service, school)
    assert "Gone" not in names(service, school)


def test_a_subtransaction_counts_with_its_transaction(
    service: SnapshotService, school: Records, database: Database
) -> None:
    with superuser(database) as other, other.transaction():
        with other.transaction():  # a savepoint
            school.over(other).person(name="Inner")
        service.take(school.institution)
    with superuser(database) as other, other.transaction():
        with pytest.raises(ZeroDivisionError), other.transaction():
            school.over(other).person(name="Undone")
            raise ZeroDivisionError
        school.over(other).person(name="Outer")
    refreshed(service, school)
    assert names(service, school) >= {"Inner", "Outer"}
    assert "Undone" not in names(service, school)


def test_a_row_deleted_and_created_again_with_its_id(
    service: SnapshotService, school: Records
) -> None:
    again = school.person(name="Before")
    service.take(school.institution)
    school.run("DELETE FROM people_person WHERE id = %s", again)
    school.person(id=again, name="After")
    refreshed(service, school)
    assert names(service, school) >= {"After"}
    assert "Before" not in names(service, school)


def test_created_and_deleted_between_two_snapshots(
    service: SnapshotService, school: Records
) -> None:
    service.take(school.institution)
    school.run("DELETE FROM people_person WHERE id = %s", school.person(name="Brief"))
    refreshed(service, school)
    assert "Brief" not in names(service, school)


def test_a_person_of_another_kind_moves(service: SnapshotService, school: Records) -> None:
    person = school.person(name="Now a teacher")
    service.take(school.institution)
    school.run("UPDATE people_person SET kind = 'USER' WHERE id = %s", person)
    refreshed(service, school)
    assert "Now a teacher" not in names(service, school)
    assert ("Now a teacher",) in rows(service, school, "SELECT name FROM staff")


def test_time_alone_expires_a_certificate(
    service: SnapshotService, school: Records, database: Database
) -> None:
    course, student = school.course(), school.person()
    enrollment = school.enroll(student, course)
    whose = {"enrollment_id": enrollment, "student_id": student, "course_id": course}
    until = {"NULL": "VALID", "now()": "EXPIRED", "now() + interval '1 day'": "VALID"}
    for number, instant in enumerate(until):
        key = school.add(
            "recognition_certificate",
            **whose,
            issue=number,
            number=str(number),
            code_hash=bytes([number]),
        )
        school.run(f"UPDATE recognition_certificate SET expires_at = {instant} WHERE id = {key}")
    service.take(school.institution)
    states = "SELECT number, status FROM certificates"
    assert rows(service, school, states) == [*zip("012", until.values(), strict=True)]
    with superuser(database) as passing, passing.transaction():
        # As if a day had passed: the row reads otherwise, and no trigger marks it.
        school.over(passing).run("SET LOCAL session_replication_role = replica")
        school.over(passing).run(
            "UPDATE recognition_certificate SET expires_at = now() WHERE expires_at > now()"
        )
    refreshed(service, school)
    assert dict(rows(service, school, states)) == {"0": "VALID", "1": "EXPIRED", "2": "EXPIRED"}
    assert service.take(school.institution).kind is SnapshotKind.UNCHANGED


def test_another_institutions_work_changes_nothing(
    service: SnapshotService, school: Records, database: Database
) -> None:
    from tests.pipelines.records import found

    service.take(school.institution)
    with superuser(database) as connection:
        found(database, connection).some()
    assert service.take(school.institution).kind is SnapshotKind.UNCHANGED


def test_a_new_attribute_makes_a_full_one(service: SnapshotService, school: Records) -> None:
    service.take(school.institution)
    school.add("institutions_attributedefinition", entity="students", key="house", type="text")
    outcome = service.take(school.institution)
    assert outcome.kind is SnapshotKind.FULL
    assert "settings or attributes" in outcome.reason


def test_a_changed_zone_makes_a_full_one(service: SnapshotService, school: Records) -> None:
    service.take(school.institution)
    school.run("UPDATE institutions_institution SET time_zone = 'Asia/Kolkata' WHERE id = $i")
    assert service.take(school.institution).kind is SnapshotKind.FULL
    days = rows(service, school, "SELECT occurred_on - occurred_at::date FROM activity")
    assert (1,) in days


def test_noise_makes_a_full_one_that_has_its_key(service: SnapshotService, school: Records) -> None:
    service.take(school.institution)
    assert manifest(service, school).perturbation_key is None
    change = "UPDATE institutions_institution SET min_group_size = 5, perturbation_key = 7"
    school.run(f"{change}, perturbs_numbers = true WHERE id = $i")
    assert service.take(school.institution).kind is SnapshotKind.FULL
    assert manifest(service, school).perturbation_key == 7
    school.run("UPDATE institutions_institution SET perturbs_numbers = false WHERE id = $i")
    assert service.take(school.institution).kind is SnapshotKind.FULL
    assert manifest(service, school).perturbation_key is None


def test_a_recreated_table_causes_a_full_snapshot(
    service: SnapshotService, school: Records
) -> None:
    service.take(school.institution)
    school.run("VACUUM FULL core_tombstone")  # as a TRUNCATE or a restore would look
    outcome = service.take(school.institution)
    assert outcome.kind is SnapshotKind.FULL
    assert "made anew" in outcome.reason


def test_a_deletion_without_a_tombstone_is_found_by_counting(
    service: SnapshotService, school: Records, database: Database
) -> None:
    gone = school.person(name="Erased")
    service.take(school.institution)
    with superuser(database) as replica:
        replica.execute("SET session_replication_role = replica")  # no trigger runs
        school.over(replica).run("DELETE FROM people_person WHERE id = %s", gone)
    school.person(name="New")
    outcome = service.take(school.institution)
    assert outcome.kind is SnapshotKind.FULL
    assert "the refresh failed" in outcome.reason
    assert "Erased" not in names(service, school)


def test_a_missing_base_file_heals(service: SnapshotService, school: Records) -> None:
    service.take(school.institution)
    published_path(service, school).unlink()
    outcome = service.take(school.institution)
    assert outcome.kind is SnapshotKind.FULL
    assert "missing" in outcome.reason


def test_a_swapped_base_file_heals(
    service: SnapshotService, school: Records, database: Database
) -> None:
    service.take(school.institution)
    path = published_path(service, school)
    first = path.read_bytes()
    school.person(name="Meera")
    service.take(school.institution)
    newest = published_path(service, school)
    newest.write_bytes(first.ljust(newest.stat().st_size, b"\0")[: newest.stat().st_size])
    school.person(name="Ravi")
    assert service.take(school.institution).kind is SnapshotKind.FULL
    assert names(service, school) >= {"Meera", "Ravi"}


def test_a_damaged_base_file_heals(service: SnapshotService, school: Records) -> None:
    service.take(school.institution)
    path = published_path(service, school)
    content = bytearray(path.read_bytes())
    content[12_288:200_000] = bytes(200_000 - 12_288)
    path.write_bytes(content[: path.stat().st_size])
    school.person(name="Meera")
    outcome = service.take(school.institution)
    assert outcome.kind is SnapshotKind.FULL
    assert "damaged" in outcome.reason
    assert "Meera" in names(service, school)


@pytest.mark.parametrize("staged", [300_000, 0], ids=["staged", "streamed"])
@pytest.mark.parametrize("append", [True, False])
def test_large_tables_change_in_place(
    append: bool,
    staged: int,
    service: SnapshotService,
    school: Records,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(update, "REWRITE_ROWS", 10)
    monkeypatch.setattr(refresh, "STAGED_ROWS", staged)
    service.take(school.institution)
    events = (
        "INSERT INTO activity_event (institution_id, id, student_id, course_id, enrollment_id,"
        " kind, occurred_at, clicks) SELECT $i, {id}, student_id, course_id, enrollment_id, 2,"
        " '2024-06-01Z', 5 FROM activity_event WHERE institution_id = $i AND clicks = 3"
    )
    school.run(events.format(id="nextval('activity_event_id_seq')"))
    if not append:
        school.run("DELETE FROM activity_event WHERE institution_id = $i AND clicks = 4")
        school.run("UPDATE activity_event SET clicks = 99 WHERE institution_id = $i AND clicks = 6")
    refreshed(service, school)
    # A row of the middle that was committed late goes between the others.
    school.run("DELETE FROM activity_event WHERE institution_id = $i AND clicks = 18")
    refreshed(service, school)
    school.run(events.format(id="id + 15"))  # the ids of those that were deleted
    refreshed(service, school)
    ids = rows(service, school, "SELECT id FROM activity")
    assert ids == sorted(ids)


def test_the_file_does_not_grow_with_each_refresh(
    service: SnapshotService, springdale: Records
) -> None:
    springdale.some(students=200, events=150)
    sizes = [service.take(springdale.institution).size_bytes]
    for n in range(20):
        springdale.run(
            "UPDATE enrollment_enrollment SET progress_pct = %s WHERE institution_id = $i "
            "AND id %% 20 = %s",
            n,
            n,
        )
        springdale.run(
            "DELETE FROM activity_event WHERE institution_id = $i AND clicks = %s", n + 1
        )
        outcome = service.take(springdale.institution)
        assert outcome.kind is SnapshotKind.INCREMENTAL
        sizes.append(outcome.size_bytes)
    full = service.take(springdale.institution, SnapshotRequest(full=True)).size_bytes
    assert max(sizes[-5:]) <= 2 * max(sizes[0], full), sizes


def test_clocks_take_no_part(service: SnapshotService, school: Records) -> None:
    """Times in the records, and even of the last snapshot, may be anything."""
    service.take(school.institution)
    school.run(
        "UPDATE analytics_snapshot SET taken_at = '2999-01-01Z', checked_at = '2999-01-01Z' "
        "WHERE institution_id = $i"
    )
    school.person(name="From the past", refreshed_at=datetime(1970, 1, 1, tzinfo=UTC))
    refreshed(service, school)
    assert "From the past" in names(service, school)
