"""The curriculum: 30 courses in two terms, with their lessons and assignments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TERMS, TODAY, at, school_days_of
from optilearn.demo.springdale.content import (
    DURATIONS,
    OPTIONAL,
    RULES,
    description,
    lesson_content,
    tags,
)
from optilearn.demo.springdale.people import CLASSES
from optilearn.demo.springdale.records import (
    Assignment,
    CoTeacher,
    Course,
    Lesson,
    Module,
    Person,
    Term,
)

CORE_SUBJECTS: Final = ("Mathematics", "Science")
ELECTIVES: Final = ("Computer Science", "हिन्दी साहित्य", "कला और शिल्प", "Environmental Studies")
_CATEGORIES: Final = {"कला और शिल्प": "Art and Craft"}
"""The category of a course that isn't called like it."""
UNPUBLISHED: Final = (("Robotics Club", "DRAFT"), ("Public Speaking", "REVIEW"))

MODULES: Final = 4
_KINDS: Final = (
    ("TEXT", "VIDEO", "DOCUMENT", "QUIZ", "ASSIGNMENT"),
    ("VIDEO", "TEXT", "LIVE", "QUIZ", "ASSIGNMENT"),
)
_MODULE_TITLES: Final = ("Foundations", "Going deeper", "Practice", "Review")
_MAX_SCORES: Final = (10, 20, 25, 50)
_WORK_WEIGHT: Final = Decimal("15.00")
_EXAM_WEIGHT: Final = Decimal("40.00")
_LATEST_ENROLLMENT: Final = 5
"""Days into a term by which everybody is enrolled."""
_MORNING: Final = 9 * 3600
_END_OF_DAY: Final = 24 * 3600 - 1


@dataclass(frozen=True)
class Plan:
    """A course with what lies in it. ``grade`` is empty where every class may come."""

    course: Course
    term: Term
    grade: str
    lessons: list[Lesson] = field(default_factory=list)
    opens_on: list[date] = field(default_factory=list)
    """The day from which each lesson is used."""
    assignments: list[Assignment] = field(default_factory=list)


@dataclass
class Curriculum:
    """All courses, collected with running keys."""

    plans: list[Plan] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    co_teachers: list[CoTeacher] = field(default_factory=list)


def curriculum(rng: Random, content: Random, staff: list[Person]) -> Curriculum:
    """Both terms: two subjects for each class, four electives; two courses nobody sees yet.

    ``content`` is the chance in what lessons hold.
    """
    teachers = [person for person in staff if person.role in {"TEACHER", "HOD"}]
    curriculum = Curriculum()
    for term in TERMS:
        taught = [
            (f"{subject} {grade}", subject, grade) for grade in CLASSES for subject in CORE_SUBJECTS
        ]
        taught += [(subject, _CATEGORIES.get(subject, subject), "") for subject in ELECTIVES]
        for number, (title, category, grade) in enumerate(taught):
            course = _course(
                len(curriculum.plans) + 1, term, (title, category, grade), teachers[number]
            )
            _add(curriculum, (rng, content), Plan(course, term, grade))
            if number % 3 == 0:  # every third course is taught by two
                second = teachers[len(taught) + number // 3]
                curriculum.co_teachers.append(
                    CoTeacher(len(curriculum.co_teachers) + 1, course.id, second.id)
                )
    for title, status in UNPUBLISHED:
        course = _course(len(curriculum.plans) + 1, TERMS[1], (title, "Clubs", ""), teachers[0])
        course = course._replace(status=status, published_at=None, list_price=None)
        curriculum.plans.append(Plan(course, TERMS[1], ""))
    return curriculum


def _course(key: int, term: Term, what: tuple[str, str, str], teacher: Person) -> Course:
    title, category, grade = what
    over = term.ends_on < TODAY
    return Course(
        id=key,
        code=f"{term.code}-{key:02}",
        title=title,
        description=description(title, term.name),
        category=category,
        status="ARCHIVED" if over else "PUBLISHED",
        published_at=at(term.starts_on - timedelta(7), _MORNING),
        archived_at=at(term.ends_on + timedelta(7), _MORNING) if over else None,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        length_days=(term.ends_on - term.starts_on).days + 1,
        term_id=term.id,
        creator_id=teacher.id,
        list_price=None if grade else Decimal("1500.00"),
        currency="" if grade else "INR",
        target_class_ids=f"{{class-{grade}}}" if grade else "{}",
        tags=tags(category, is_elective=not grade),
    )


def _add(curriculum: Curriculum, chance: tuple[Random, Random], plan: Plan) -> None:
    """Modules of five lessons over the term's school days, work for each, and an exam."""
    rng, content = chance
    days = school_days_of(plan.term)
    for position in range(1, MODULES + 1):
        title = _MODULE_TITLES[position - 1]
        module = Module(len(curriculum.modules) + 1, plan.course.id, title, position)
        curriculum.modules.append(module)
        kinds = _KINDS[position % 2]
        for number, kind in enumerate(kinds):
            step = (position - 1) * len(kinds) + number
            day = days[step * len(days) // (MODULES * len(kinds) + 1)]
            lesson = _lesson(content, plan, module, (number, kind), day)
            lesson = lesson._replace(id=len(curriculum.lessons) + 1)
            curriculum.lessons.append(lesson)
            plan.lessons.append(lesson)
            plan.opens_on.append(day)
            if kind == "ASSIGNMENT":
                due = days[min(days.index(day) + 4, len(days) - 1)]
                _assign(curriculum, plan, lesson, due, rng.choice(_MAX_SCORES))
    _assign(curriculum, plan, None, days[-4], 100)
    curriculum.plans.append(plan)


def _lesson(
    content: Random, plan: Plan, module: Module, what: tuple[int, str], day: date
) -> Lesson:
    """The lesson at a place of its module, used from that day on."""
    number, kind = what
    completion, threshold = RULES[kind]
    shortest, longest = DURATIONS.get(kind, (0, 0))
    is_first = number == 0
    # A module of an elective opens some days after each student's enrollment, which is up to
    # four days into the term; the others open for all on one day.
    after = max(0, (day - plan.term.starts_on).days - _LATEST_ENROLLMENT)
    is_last_quiz = kind == "QUIZ" and module.position == MODULES
    return Lesson(
        id=0,
        course_id=plan.course.id,
        module_id=module.id,
        title=f"{plan.course.title} {module.position}.{number + 1}",
        kind=kind,
        position=number + 1,
        content=lesson_content(content, plan.course.title, kind),
        duration_seconds=content.randrange(shortest, longest, 5) if longest else None,
        is_required=kind not in OPTIONAL,
        completion=completion,
        completion_threshold=threshold,
        unlock_at=at(day, 0) if is_first and plan.grade else None,
        unlock_after_days=after if is_first and not plan.grade else None,
        closes_at=at(plan.term.ends_on, _END_OF_DAY) if is_last_quiz else None,
    )


def _assign(
    curriculum: Curriculum, plan: Plan, lesson: Lesson | None, due: date, points: int
) -> None:
    number = len(plan.assignments) + 1
    due_at: datetime = at(due, _END_OF_DAY if lesson else 13 * 3600)
    assignment = Assignment(
        id=len(curriculum.assignments) + 1,
        course_id=plan.course.id,
        lesson_id=lesson.id if lesson else None,
        title=f"Homework {number}" if lesson else "Term examination",
        kind="ASSIGNMENT" if lesson else "EXAM",
        due_at=due_at,
        weight=_WORK_WEIGHT if lesson else _EXAM_WEIGHT,
        max_score=Decimal(points).quantize(Decimal("0.01")),
        pass_mark=None if lesson else Decimal("33.00"),
    )
    curriculum.assignments.append(assignment)
    plan.assignments.append(assignment)
