"""Schemas of courses, modules and lessons."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, Number, example
from optilearn.core.http.instants import Instant
from optilearn.core.http.keys import Key
from optilearn.core.http.pages import PageQuery
from optilearn.core.text import Seen, Visible, VisibleCode

Title = Annotated[Visible, StringConstraints(max_length=300)]
Code = Annotated[VisibleCode, StringConstraints(max_length=64)]
Category = Annotated[Seen, StringConstraints(max_length=64)]
Word = Annotated[VisibleCode, StringConstraints(max_length=64)]
CourseStatus = TypeAliasType("CourseStatus", Literal["DRAFT", "REVIEW", "PUBLISHED", "ARCHIVED"])
LessonKind = TypeAliasType(
    "LessonKind", Literal["TEXT", "VIDEO", "DOCUMENT", "QUIZ", "ASSIGNMENT", "LIVE", "EMBED"]
)
LessonCompletion = TypeAliasType(
    "LessonCompletion",
    Literal["MARKED", "OPENED", "TIME", "WATCHED", "SUBMITTED", "PASSED", "ATTENDED"],
)
Days = Annotated[int, Field(ge=0, le=3660)]
Html = Annotated[str, StringConstraints(max_length=200_000)]


class CourseQuery(PageQuery):
    """Filters and orders of the list of courses."""

    q: str | None = Field(None, max_length=200, description="Words of it, in English or Hindi.")
    status: CourseStatus | None = None
    category: str | None = Field(None, max_length=64)
    tag: str | None = Field(None, max_length=64)
    term_id: Key | None = None
    teacher_id: Key | None = Field(None, description="Created or co-taught by this person.")
    mine: bool = Field(default=False, description="Only courses that the caller teaches.")
    order: Literal["relevance", "title", "-title", "newest", "startsOn", "-startsOn", "rating"] = (
        Field("title", description="`relevance` needs `q`.")
    )


class Named(CamelSchema):
    """A thing by its id and name."""

    id: int
    name: str


class CourseRow(CamelSchema):
    """A course in a list."""

    id: int
    code: str
    title: str
    category: str
    tags: list[str]
    status: CourseStatus
    starts_on: date | None
    ends_on: date | None
    term: str | None = Field(description="The term's code.")
    teacher: Named | None
    cover_file_id: int | None
    list_price: Number | None
    currency: str
    self_enrollment: bool
    max_enrollments: int | None
    enrolled_count: int
    rating: float | None = Field(description="1 to 5; null until somebody rated.")
    rating_count: int
    published_at: datetime | None
    updated_at: datetime


class PrerequisiteOut(CamelSchema):
    """A course that has to be completed first."""

    id: int
    code: str
    title: str


class CourseOut(CourseRow):
    """A course whole."""

    description: str = Field(description="HTML, sanitized.")
    length_days: int | None
    access_days: int | None
    term_id: int | None
    archived_at: datetime | None
    target_class_ids: list[str]
    target_section_ids: list[str]
    co_teachers: list[Named]
    prerequisites: list[PrerequisiteOut]
    may_manage: bool


class LessonRow(CamelSchema):
    """A lesson in an outline."""

    id: int
    title: str
    kind: LessonKind
    position: int
    duration_seconds: int | None
    is_required: bool
    completion: LessonCompletion
    completion_threshold: int | None
    unlock_at: datetime | None
    unlock_after_days: int | None
    closes_at: datetime | None


class ModuleOut(CamelSchema):
    """A module with its lessons, in their order."""

    id: int
    title: str
    description: str
    position: int
    lessons: list[LessonRow]


class OutlineOut(CamelSchema):
    """The content of a course."""

    course_id: int
    modules: list[ModuleOut]


class LessonOut(LessonRow):
    """A lesson whole, as who builds the course sees it."""

    course_id: int
    module_id: int
    content: str = Field(description="HTML, sanitized.")
    file_id: int | None
    embed_url: str
    archived_at: datetime | None


class Facet(CamelSchema):
    """A value and how many of the visible courses have it."""

    value: str
    count: int


class FacetsOut(CamelSchema):
    """Categories and tags in use."""

    categories: list[Facet]
    tags: list[Facet]


class CourseChange(ChangeSchema):
    """The fields of a course that can be written; only what is sent is changed."""

    model_config = example({"maxEnrollments": 40, "targetClassIds": ["class-8"]})

    code: Code = ABSENT
    title: Title = ABSENT
    description: Html = ABSENT
    category: Category = ABSENT
    tags: list[Word] = Field(ABSENT, max_length=30)
    starts_on: date | None = ABSENT
    ends_on: date | None = ABSENT
    length_days: Annotated[int, Field(ge=1, le=3660)] | None = ABSENT
    term_id: Key | None = ABSENT
    max_enrollments: Annotated[int, Field(ge=0, le=1_000_000)] | None = ABSENT
    self_enrollment: bool = ABSENT
    access_days: Annotated[int, Field(ge=1, le=3660)] | None = ABSENT
    list_price: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = ABSENT
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = Field(
        ABSENT, description="ISO 4217."
    )
    target_class_ids: list[Word] = Field(ABSENT, max_length=500)
    target_section_ids: list[Word] = Field(ABSENT, max_length=500)
    cover_file_id: Key | None = ABSENT


class CourseIn(CourseChange):
    """A new course: a DRAFT of its maker's."""

    model_config = example(
        {
            "code": "MATH-8",
            "title": "Mathematics 8",
            "description": "<p>Numbers and shapes.</p>",
            "category": "Mathematics",
            "tags": ["numbers"],
            "startsOn": "2026-04-06",
            "endsOn": "2026-07-10",
            "targetClassIds": ["class-8"],
        }
    )

    code: Code
    title: Title


class StatusIn(CamelSchema):
    """The next status of a course; it only moves forward."""

    model_config = example({"status": "PUBLISHED"})

    status: CourseStatus


class CopyIn(CamelSchema):
    """A copy: all dates are moved by the days from the old start to the new one."""

    model_config = example({"code": "MATH-8-B", "startsOn": "2026-07-27"})

    code: Code
    title: Title | None = None
    starts_on: date | None = None


class PeopleIn(CamelSchema):
    """A set of people."""

    model_config = example({"personIds": [12, 17]})

    person_ids: list[Key] = Field(max_length=50)


class CoursesIn(CamelSchema):
    """A set of courses."""

    model_config = example({"courseIds": [3]})

    course_ids: list[Key] = Field(max_length=50)


class ModuleChange(ChangeSchema):
    """The fields of a module that can be written; only what is sent is changed."""

    model_config = example({"title": "Fractions"})

    title: Title = ABSENT
    description: Annotated[str, StringConstraints(max_length=2000)] = ABSENT


class ModuleIn(ModuleChange):
    """A new module, at the end."""

    model_config = example({"title": "Fractions", "description": "Three weeks."})

    title: Title


class LessonChange(ChangeSchema):
    """The fields of a lesson that can be written; only what is sent is changed."""

    model_config = example({"unlockAt": "2026-04-13T03:30:00Z", "isRequired": False})

    title: Title = ABSENT
    content: Html = ABSENT
    file_id: Key | None = ABSENT
    embed_url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https://\S+)?$")] = (
        ABSENT
    )
    duration_seconds: Annotated[int, Field(ge=1, le=360_000)] | None = ABSENT
    is_required: bool = ABSENT
    completion: LessonCompletion | None = Field(ABSENT, description="Default: what fits the kind.")
    completion_threshold: Annotated[int, Field(ge=1, le=360_000)] | None = ABSENT
    unlock_at: Instant | None = ABSENT
    unlock_after_days: Days | None = ABSENT
    closes_at: Instant | None = ABSENT


class LessonIn(LessonChange):
    """A new lesson, at the end of its module."""

    model_config = example(
        {
            "title": "Halves and quarters",
            "kind": "VIDEO",
            "fileId": 41,
            "durationSeconds": 610,
            "completion": "WATCHED",
            "completionThreshold": 90,
        }
    )

    title: Title
    kind: LessonKind


class ModuleOrder(CamelSchema):
    """A module and its lessons in the wanted order."""

    id: Key
    lessons: list[Key] = Field(max_length=1000)


class OrderIn(CamelSchema):
    """The whole outline in the wanted order; lessons may move between modules."""

    model_config = example({"modules": [{"id": 5, "lessons": [9, 8]}, {"id": 4, "lessons": []}]})

    modules: list[ModuleOrder] = Field(max_length=500)


class Gone(CamelSchema):
    """The result of a deletion."""

    deleted: bool
    archived: bool = Field(description="It was used, so it is only hidden.")
