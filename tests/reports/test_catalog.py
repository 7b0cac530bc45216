"""The catalog: checked when it is made, and the same for everybody who reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reports.api import describe, fitting
from reports.catalog.checks import checked
from reports.catalog.describe import path_from
from reports.catalog.model import Aggregate, Catalog, Entity, Field, FieldType, Pii, Relation
from reports.catalog.paths import Path, PathAmbiguous, resolve, route, seen_from
from reports.catalog.product import product_catalog
from reports.errors import CatalogInvalid, ReportInvalid
from reports.snapshot.schema import AttributeDefinition

PRODUCT = product_catalog()


def changed(key: str, **values: Any) -> Catalog:
    entities = tuple(replace(e, **values) if e.key == key else e for e in PRODUCT.entities)
    return replace(PRODUCT, entities=entities)


def _field(**values: Any) -> Field:
    return Field("extra", FieldType.TEXT, **values)


def _lessons() -> Entity:
    return PRODUCT.by_key["lessons"]


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (changed("lessons", table="lesson"), "no table"),
        (changed("lessons", fields=(*_lessons().fields, _field(column="nope"))), "no column"),
        (changed("lessons", fields=(*_lessons().fields, _lessons().fields[1])), "declared twice"),
        (
            changed(
                "lessons",
                relations=(*_lessons().relations, Relation("title", "courses", ("course_id",))),
            ),
            "both a field",
        ),
        (
            changed(
                "lessons",
                relations=(*_lessons().relations, Relation("x", "nowhere", ("course_id",))),
            ),
            "unknown entity",
        ),
        (
            changed("lessons", fields=(*_lessons().fields, _field(sql="{course.nope}"))),
            "unknown path",
        ),
        (changed("lessons", time="title"), "not a date"),
        (
            changed(
                "submissions",
                fields=(*PRODUCT.by_key["submissions"].fields, _field(sql="{scorePct}")),
            ),
            "plain columns",
        ),
        (
            changed(
                "lessons",
                metrics=tuple(replace(m, value=Aggregate("sum")) for m in _lessons().metrics),
            ),
            "of what",
        ),
        (replace(PRODUCT, entities=(*PRODUCT.entities, _lessons())), "two entities"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_catalog_that_contradicts_itself_is_refused(made: Catalog, fault: str) -> None:
    with pytest.raises(CatalogInvalid, match=fault):
        checked(made)


def test_two_ways_of_one_length_need_a_default() -> None:
    second = Relation("source", "courses", ("course_id",))
    made = checked(changed("lessons", relations=(*_lessons().relations, second)))
    with pytest.raises(PathAmbiguous, match="course or source"):
        route(made, "lessons", "courses")
    with pytest.raises(CatalogInvalid, match="default"):
        checked(made, is_product=True)
    marked = (*_lessons().relations, replace(second, default=True))
    assert route(changed("lessons", relations=marked), "lessons", "courses") == ("source",)


def test_attributes_become_fields_and_bad_ones_are_refused() -> None:
    made = product_catalog([AttributeDefinition("students", "house", "text", "House")])
    path = resolve(made, "submissions", "student.attributes.house")
    assert (path.hops, path.field.column) == (("student",), "attributes.house")
    assert made.digest != PRODUCT.digest
    with pytest.raises(CatalogInvalid):
        product_catalog([AttributeDefinition("students", 'x" OR 1', "text", "")])
    with pytest.raises(CatalogInvalid, match="colour"):
        product_catalog([AttributeDefinition("students", "x", "colour", "")])


@pytest.mark.parametrize(
    ("root", "text", "entity", "hops"),
    [
        ("courses", "code", "enrollments", ("course",)),
        ("courses", "creator.name", "submissions", ("course", "creator")),
        ("enrollments", "course.code", "submissions", ("course",)),
        ("enrollments", "status", "submissions", ("enrollment",)),
        ("enrollments", "course.code", "courses", ()),
        ("submissions", "assignment.course.code", "courses", ()),
        ("submissions", "assignment.kind", "enrollments", None),
        ("enrollments", "student.name", "lessons", None),
        ("students", "name", "activity", ("student",)),
        ("activity", "lesson.module.title", "lessons", ("module",)),
    ],
)
def test_how_a_measures_entity_sees_a_dimension(
    root: str, text: str, entity: str, hops: tuple[str, ...] | None
) -> None:
    seen = seen_from(PRODUCT, resolve(PRODUCT, root, text), entity)
    assert (seen.hops if isinstance(seen, Path) else None) == hops


def test_whatever_names_a_person_is_marked() -> None:
    for key in ("students", "staff"):
        names = PRODUCT.by_key[key].fields_by_name
        assert names["name"].pii is Pii.DIRECT
        assert names["code"].pii is Pii.PSEUDONYM


def test_the_catalog_is_told_in_the_readers_language() -> None:
    told = describe(PRODUCT, lambda text: f"«{text}»")
    entities = {e["key"]: e for e in told["entities"]}
    assert entities["courses"]["label"] == "«Courses»"
    (title,) = (f for f in entities["courses"]["fields"] if f["name"] == "title")
    assert title["label"] == "«Title»"
    assert title["type"] == "text"
    names = [m["name"] for m in entities["submissions"]["metrics"]]
    assert "submissions.passRate" in names


def test_the_dimensions_that_fit_a_choice_of_measures() -> None:
    paths = [d["path"] for d in fitting(PRODUCT, "enrollments", ["lessons.count", "learners"])]
    assert "course.code" in paths
    assert "course.creator.name" in paths
    assert "student.name" not in paths
    for bad in (("nope", []), ("courses", ["courses.nope"]), ("courses", ["x.count"])):
        with pytest.raises(ReportInvalid):
            fitting(PRODUCT, *bad)


@pytest.mark.parametrize(
    ("root", "path", "other", "seen"),
    [
        ("enrollments", "status", "submissions", "enrollment.status"),
        ("enrollments", "status", "enrollments", "status"),
        ("enrollments", "status", "students", None),
        ("enrollments", "status", "courses", None),
        ("enrollments", "course.code", "courses", "code"),
        ("enrollments", "student.code", "submissions", "student.code"),
        ("assignments", "kind", "lessons", None),
        ("submissions", "assignment.kind", "activity", None),
        ("enrollments", "nothing", "students", None),
        ("nothing", "status", "students", None),
    ],
)
def test_a_field_is_found_from_another_entity(
    root: str, path: str, other: str, seen: str | None
) -> None:
    """A field of the same name is another field."""
    assert path_from(PRODUCT, root, path, other) == seen
