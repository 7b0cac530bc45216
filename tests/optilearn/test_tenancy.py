"""The ORM layer and row-level security, each on its own and together."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from optilearn.core.models import Tombstone
from optilearn.core.tenancy.context import (
    NoTenantError,
    TenantMismatchError,
    current_institution_id,
    tenant_context,
)
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.people.models import Person
from tests.support.database import migrated_database
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
ALL_PEOPLE = "SELECT count(*) FROM people_person"


def scalar(query: str, *params: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        row = cursor.fetchone()
    assert row is not None
    return row[0]


def test_a_query_outside_every_context_raises(twins: Twins) -> None:
    with pytest.raises(NoTenantError):
        Person.objects.count()


def test_each_institution_sees_its_own_people_only(twins: Twins) -> None:
    north, south = twins
    for twin in twins:
        with tenant_context(twin.id):
            assert set(Person.objects.values_list("institution_id", flat=True)) == {twin.id}
    with tenant_context(north.id):
        assert not Person.objects.filter(pk=south.people["lena"].pk).exists()


def test_a_queryset_carried_into_another_context_raises(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id):
        lazy = Person.objects.all()
    with tenant_context(south.id), pytest.raises(TenantMismatchError):
        list(lazy)
    with pytest.raises(NoTenantError):
        lazy.count()


def test_row_level_security_holds_for_raw_sql(twins: Twins) -> None:
    north, _ = twins
    assert scalar(ALL_PEOPLE) == 0
    with tenant_context(north.id):
        assert scalar(ALL_PEOPLE) == len(north.people)
    assert scalar(ALL_PEOPLE) == 0


def test_a_nested_context_restores_the_outer_one(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id):
        with tenant_context(south.id):
            assert scalar("SELECT min(institution_id) FROM people_person") == south.id
        assert current_institution_id() == north.id
        assert scalar("SELECT max(institution_id) FROM people_person") == north.id


def test_a_rolled_back_savepoint_does_not_leave_the_wrong_institution(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id):
        assert scalar(ALL_PEOPLE) == len(north.people)
        with tenant_context(south.id), pytest.raises(ZeroDivisionError), transaction.atomic():
            assert scalar("SELECT min(institution_id) FROM people_person") == south.id
            raise ZeroDivisionError
        assert scalar("SELECT min(institution_id) FROM people_person") == north.id


def test_writes_for_another_institution_are_refused(twins: Twins) -> None:
    north, south = twins
    foreign = south.people["lena"]
    with tenant_context(north.id):
        with pytest.raises(TenantMismatchError):
            foreign.save()
        with pytest.raises(TenantMismatchError):
            foreign.delete()
        with pytest.raises(TenantMismatchError):
            Person.objects.bulk_create([Person(institution_id=south.id, code="x", crm_id="x")])
        with pytest.raises(TenantMismatchError):
            Person.objects.create(institution_id=south.id, code="x", crm_id="x")
        with pytest.raises(TenantMismatchError):
            Person.objects.update(institution_id=south.id)
        assert Person.objects.filter(pk=foreign.pk).update(name="taken") == 0


def test_postgresql_refuses_a_foreign_row_even_in_raw_sql(twins: Twins) -> None:
    north, south = twins
    insert = "INSERT INTO institutions_term (institution_id, code, name, starts_on, ends_on)"
    with tenant_context(north.id), pytest.raises(ProgrammingError) as refusal, transaction.atomic():
        scalar(f"{insert} VALUES (%s, 'X', '', '2026-01-01', '2026-02-01') RETURNING 1", south.id)
    assert "row-level security" in str(refusal.value)


def test_a_row_cannot_point_into_another_institution(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id), pytest.raises(IntegrityError):
        Enrollment.objects.create(student_id=south.people["sven"].pk, course=north.courses["MATH"])


def test_a_submission_must_agree_with_its_enrollment(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id), pytest.raises(IntegrityError):
        first = north.enrollments[0]
        first.submissions.update(student_id=north.people["sven"].pk)


def test_an_institution_or_id_never_changes(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id), pytest.raises(ProgrammingError), transaction.atomic():
        scalar("UPDATE people_person SET id = id + 1000000 RETURNING 1")


def test_an_update_moves_the_watermark_and_a_deletion_leaves_a_tombstone(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        person = north.people["sven"]
        now = scalar("SELECT pg_current_xact_id()::text::bigint")
        Person.objects.filter(pk=person.pk).update(name="Sven II")
        assert scalar("SELECT row_xid FROM people_person WHERE id = %s", person.pk) == now
        key = person.pk
        person.delete()
        stone = Tombstone.objects.get(table_name="people_person", row_id=key)
        assert stone.row_xid == now


def test_related_objects_stay_inside(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        course = Course.objects.get(code="MATH")
        assert {e.institution_id for e in course.enrollments.all()} == {north.id}
        assert Enrollment.objects.select_related("student").get(student__code="lena").student.code


def test_a_thread_starts_without_a_tenant(twins: Twins) -> None:
    found: list[int | None] = []
    with tenant_context(twins[0].id):
        thread = threading.Thread(target=lambda: found.append(current_institution_id()))
        thread.start()
        thread.join()
    assert found == [None]


def test_the_audit_log_is_append_only(twins: Twins) -> None:
    from optilearn.core.audit import record

    north, _ = twins
    with tenant_context(north.id):
        record(action="test", target="something")
        with pytest.raises(ProgrammingError), transaction.atomic():
            scalar("DELETE FROM core_auditentry RETURNING 1")
        with pytest.raises(ProgrammingError), transaction.atomic():
            scalar("UPDATE core_auditentry SET action = '' RETURNING 1")


@pytest.mark.slow
@pytest.mark.parametrize("role", ["app", "etl", "owner"])
def test_no_role_of_ours_reads_without_an_institution(role: str) -> None:
    """As the server sees it, over a connection of its own, with rows that are really there."""
    with migrated_database("rls") as database:
        with psycopg.connect(database.superuser_url, autocommit=True) as admin:
            admin.execute(
                "INSERT INTO institutions_institution (id, slug, crm_id, name, time_zone, locale,"
                " first_weekday, min_group_size, settings, created_at) VALUES"
                " (1, 'a', 'a', 'A', 'UTC', 'en', 1, 0, '{}', now())"
            )
            admin.execute(
                "INSERT INTO institutions_term (institution_id, code, name, starts_on, ends_on)"
                " VALUES (1, 'T', '', '2026-01-01', '2026-02-01')"
            )
        with psycopg.connect(getattr(database.urls, role)) as connection_:
            assert connection_.execute("SELECT * FROM institutions_term").fetchall() == []
            connection_.execute("SELECT set_config('optilearn.institution_id', '1', true)")
            assert len(connection_.execute("SELECT * FROM institutions_term").fetchall()) == 1
            connection_.execute("SELECT set_config('optilearn.institution_id', '2', true)")
            assert connection_.execute("SELECT * FROM institutions_term").fetchall() == []


def test_statements_outside_a_transaction_know_their_institution_too(db: None) -> None:
    """Django's default is autocommit: the setting rides in the statement's own round trip."""
    from django.db import connections
    from django.db.utils import load_backend

    from optilearn.config import env

    with migrated_database("autocommit") as database:
        engine = "optilearn.core.tenancy.backend"
        settings = connections["default"].settings_dict | env.database(
            database.urls.app, engine=engine
        )
        own = load_backend(engine).DatabaseWrapper(settings, "own")
        try:
            for wanted in (3, 4):
                with tenant_context(wanted), own.cursor() as cursor:
                    cursor.execute("SELECT current_setting('optilearn.institution_id', true)")
                    assert cursor.fetchone() == (str(wanted),)
            with own.cursor() as cursor:
                cursor.execute("SELECT current_setting('optilearn.institution_id', true)")
                assert cursor.fetchone() in {("",), (None,)}
            _a_new_transaction_forgets_the_last_one(own)
            with tenant_context(5), own.cursor() as cursor, pytest.raises(RuntimeError):
                cursor.copy("COPY institutions_term TO STDOUT")
        finally:
            own.close()


def _a_new_transaction_forgets_the_last_one(own: Any) -> None:
    """One that begins outside every context must not take the last one's word for its own."""
    setting = "SELECT current_setting('optilearn.institution_id', true)"
    for _ in range(2):
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SELECT 1")
            with tenant_context(7):
                cursor.execute(setting)
                assert cursor.fetchone() == ("7",)
        own.rollback()
        own.set_autocommit(True)
