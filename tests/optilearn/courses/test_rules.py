"""Each rule about courses is one rule: its SQL, its Python and its ORM form agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses import rules
from optilearn.courses.models import CoTeacher, Course
from optilearn.courses.selectors.access import may_manage
from optilearn.people import rules as people
from optilearn.people.models import Person
from tests.support.twins import Twin

places = st.sampled_from(["", "c1", "c2"])
targets = st.lists(st.sampled_from(["c1", "c2", "c3"]), max_size=2)
quickly = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_ROW = """
SELECT {fragment} FROM (VALUES (%(status)s::text, %(classes)s::text[], %(sections)s::text[],
       %(is_required)s::boolean, %(archived)s::timestamptz))
    AS c (status, target_class_ids, target_section_ids, is_required, archived_at)
"""


def in_sql(fragment: str, **values: Any) -> Any:
    usual: dict[str, Any] = {
        "status": "DRAFT", "classes": [], "sections": [], "is_required": True, "archived": None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ROW.format(fragment=fragment), usual | values)
        return cursor.fetchone()[0]


@pytest.mark.django_db
@quickly
@given(
    status=st.sampled_from(rules.Status.values),
    class_id=places,
    section_id=places,
    classes=targets,
    sections=targets,
)
def test_targets_and_states(
    status: str, class_id: str, section_id: str, classes: list[str], sections: list[str]
) -> None:
    values = {"status": status, "classes": classes, "sections": sections}
    placed = {"class": class_id, "section": section_id}
    here = ("%(class)s::text", "%(section)s::text")
    meant = rules.is_targeted(class_id, section_id, classes, sections)
    assert in_sql(rules.targeted(*here), **values, **placed) == meant
    found = rules.is_discoverable(status, is_targeted=meant)
    assert in_sql(rules.discoverable(*here), **values, **placed) == found
    assert in_sql(rules.live("c"), **values) == rules.is_live(status)
    assert in_sql(rules.published("c"), **values) == (status == rules.Status.PUBLISHED)


@pytest.mark.django_db
@pytest.mark.parametrize("is_required", [True, False])
@pytest.mark.parametrize("archived", [None, "2026-03-20T12:00:00Z"])
def test_counted_lessons(is_required: bool, archived: Any) -> None:
    expected = rules.is_counted(is_required=is_required, archived_at=archived)
    assert in_sql(rules.counted("c"), is_required=is_required, archived=archived) == expected


def ids(rows: Iterable[tuple[int]]) -> set[int]:
    return {key for (key,) in rows}


@quickly
@given(
    creator=st.sampled_from([None, "tom", "uma", "asha"]),
    others=st.sets(st.sampled_from(["tom", "uma", "hari"])),
    status=st.sampled_from(rules.Status.values),
)
def test_taught_by(
    twins: tuple[Twin, Twin], creator: str | None, others: set[str], status: str
) -> None:
    north, south = twins
    with tenant_context(north.id):
        course = Course.objects.get(code="MATH")
        course.creator_id = north.people[creator].pk if creator else None
        course.status = status
        course.save()
        CoTeacher.objects.filter(course=course).delete()
        CoTeacher.objects.bulk_create(
            CoTeacher(course=course, person=north.people[name]) for name in others
        )
        Course.objects.exclude(pk=course.pk).update(status="DRAFT")
        for name in ("tom", "uma", "hari", "asha"):
            person = north.people[name].pk
            expected = rules.is_taught_by(
                person, course.creator_id, {north.people[other].pk for other in others}
            )
            found = Course.objects.filter(rules.taught(person)).values_list("pk").distinct()
            assert (course.pk in ids(found)) == expected
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT c.id FROM courses_course c WHERE {rules.taught_by('%(p)s')}",
                    {"p": person},
                )
                assert (course.pk in ids(cursor.fetchall())) == expected
                cursor.execute(f"SELECT {rules.teaches_published('%(p)s')}", {"p": person})
                (is_teaching,) = cursor.fetchone()
            assert is_teaching == (expected and status == rules.Status.PUBLISHED)
            if name in {"tom", "uma"}:
                assert may_manage(north.principal(name), course.pk) == expected
        assert not may_manage(south.principal("tom"), course.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Person.Kind.values)
@pytest.mark.parametrize("status", Person.Status.values)
def test_people(kind: str, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {people.active('p')}, {people.active_student('p')}"
            " FROM (VALUES (%s, %s)) AS p (kind, status)",
            [kind, status],
        )
        found = cursor.fetchone()
    assert found == (people.is_active(status), people.is_active_student(kind, status))
