"""Codes, titles and file names from before a rule, as the rule would have taken them."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy import cleaning
from optilearn.core.tenancy.cleaning import clean
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Lesson, Module
from optilearn.files.models import File
from optilearn.people.models import Person
from tests.support.twins import Twin

MIGRATIONS = (
    "optilearn.courses.migrations.0004_seen_names",
    "optilearn.files.migrations.0004_seen_names",
    "optilearn.people.migrations.0004_seen_names",
)


def migrate() -> int:
    return sum(clean(connection, import_module(name).COLUMNS) for name in MIGRATIONS)


def course(code: str, **more: Any) -> Course:
    return Course.objects.create(code=code, **({"title": "x"} | more))


def codes(*rows: Any) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.code for row in rows]


def test_stored_texts_are_cleaned_once(twins: tuple[Twin, Twin]) -> None:
    north, south = twins
    with tenant_context(north.id):
        physics = course("PHY\u200bS", title="\u200b\u2060", category="\ufeff")
        hindi = course("कक्षा", title="प्रकाश\u200d संश्लेषण")
        module = Module.objects.create(course=physics, title="\u200b", position=9)
        lesson = Lesson.objects.filter(course=north.courses["MATH"]).get()
        Lesson.objects.filter(pk=lesson.pk).update(title="\u3164")
        file = File.objects.create(
            category="lessons", key="k", name="a\u202efdp.exe", content_type="application/pdf",
            size_bytes=1, status="READY",
        )  # fmt: skip
        Person.objects.filter(code="lena").update(code="\u200elena\u00ad")
    with tenant_context(south.id):
        other = course("PHY\u200bS")
    assert migrate() == 8
    with tenant_context(north.id):
        assert codes(physics, hindi) == ["PHYS", "कक्षा"]
        assert (physics.title, physics.category) == (f"#{physics.pk}", "")
        hindi.refresh_from_db()
        assert hindi.title == "प्रकाश\u200d संश्लेषण"  # as it was written
        module.refresh_from_db()
        lesson.refresh_from_db()
        file.refresh_from_db()
        assert (module.title, lesson.title) == (f"#{module.pk}", f"#{lesson.pk}")
        assert file.name == "afdp.exe"
        assert codes(north.people["lena"]) == ["lena"]
        assert not AuditEntry.objects.filter(action="code.renamed").exists()
    with tenant_context(south.id):
        assert codes(other) == ["PHYS"]
    assert migrate() == 0


def test_codes_that_become_one_stay_two(
    twins: tuple[Twin, Twin], caplog: pytest.LogCaptureFixture
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        first, second = course("BIO\u200b"), course("\u200dBIO")
        third, taken = course("MATH\u200b"), course("MATH-2")
        unseen = course("\u200b")
        long = [course("L" * 64), course("L" * 64 + "\u200b")]
        Person.objects.filter(code="sven").update(code="lena\u200b")
        with caplog.at_level(logging.WARNING):
            migrate()
        assert codes(first, second, third, taken) == ["BIO", "BIO-2", "MATH-3", "MATH-2"]
        assert codes(unseen, *long) == [f"#{unseen.pk}", "L" * 64, "L" * 62 + "-2"]
        assert codes(north.people["lena"], north.people["sven"]) == ["lena", "lena-2"]
        targets = set(AuditEntry.objects.filter(action="code.renamed").values_list("target"))
        assert targets == {
            (f"course:{second.pk}",),
            (f"course:{third.pk}",),
            (f"course:{long[1].pk}",),
            (f"person:{north.people['sven'].pk}",),
        }
        assert len(caplog.records) == 4
        assert migrate() == 0


@pytest.mark.parametrize("code", ["GEO", "कक्षा"])  # the second is looked at, too
def test_who_has_a_clean_code_keeps_it(twins: tuple[Twin, Twin], code: str) -> None:
    with tenant_context(twins[0].id):
        before, clean_one, after = course(f"{code}\u200b"), course(code), course(f"\u200b{code}")
        assert migrate() == 2
        assert codes(before, clean_one, after) == [f"{code}-2", code, f"{code}-3"]
        targets = AuditEntry.objects.filter(action="code.renamed").values_list("target", flat=True)
        assert set(targets) == {f"course:{before.pk}", f"course:{after.pk}"}
        assert migrate() == 0


def test_in_batches(twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "BATCH", 2)
    with tenant_context(twins[0].id):
        made = [course(f"C{n}\u200b") for n in range(5)]
    with CaptureQueriesContext(connection) as queries:
        assert migrate() == 5
    taken = [q["sql"] for q in queries if "FROM courses_course WHERE" in q["sql"]]
    assert len([sql for sql in taken if " code " in sql and "LIMIT 2" in sql]) >= 3
    with tenant_context(twins[0].id):
        assert codes(*made) == [f"C{n}" for n in range(5)]
