"""Two institutions of the same shape, so that anything of one is a stranger's in the other.

People have names: Asha is an administrator, Tom and Uma teach, Lena and Meera learn, Pia is a
parent, Sven is a stranger (a learner in no course); the rest of the staff stand for one role
each. Each name exists in both institutions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from optilearn.activity.models import ActivityEvent
from optilearn.assessment.models import Assignment, Submission
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import CoTeacher, Course, Lesson, Module
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.institutions.models import AttributeDefinition, Institution, Term
from optilearn.people.models import Person

PEOPLE = {
    "asha": ("USER", Role.ADMIN),
    "sita": ("USER", Role.SUPER_ADMIN),
    "paul": ("USER", Role.PRINCIPAL),
    "hari": ("USER", Role.HOD),
    "anil": ("USER", Role.ANALYST),
    "ada": ("USER", Role.ADMISSIONS),
    "finn": ("USER", Role.FINANCE),
    "lila": ("USER", Role.LIBRARIAN),
    "tom": ("USER", Role.TEACHER),
    "uma": ("USER", Role.TEACHER),
    "lena": ("STUDENT", Role.STUDENT),
    "मीरा": ("STUDENT", Role.STUDENT),
    "sven": ("STUDENT", Role.STUDENT),
    "pia": ("PARENT", Role.PARENT),
}


@dataclass
class Twin:
    """One of the two, with what a test asks for."""

    institution: Institution
    people: dict[str, Person] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    enrollments: list[Enrollment] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.institution.pk

    def principal(self, name: str) -> Principal:
        person = self.people[name]
        return Principal(
            institution_id=self.id,
            institution_slug=self.institution.slug,
            person_id=person.pk,
            role=Role(person.role),
            name=person.name,
            locale="en",
        )


def make_twins() -> tuple[Twin, Twin]:
    """Make both."""
    return make_twin("north", "Europe/London"), make_twin("south", "Asia/Kolkata")


def find_twins() -> tuple[Twin, Twin]:
    """Both, as the database has them."""
    return find_twin("north"), find_twin("south")


def find_twin(slug: str) -> Twin:
    """One of them."""
    twin = Twin(Institution.objects.get(slug=slug))
    with tenant_context(twin.id):
        twin.people = {p.code: p for p in Person.objects.all()}
        twin.courses = {c.code: c for c in Course.objects.all()}
        twin.enrollments = list(Enrollment.objects.order_by("id"))
    return twin


def make_twin(slug: str, zone: str) -> Twin:
    """One institution with a term, two courses, and work in the first."""
    institution = Institution.objects.create(
        slug=slug, crm_id=f"crm-{slug}", name=slug.title(), time_zone=zone
    )
    twin = Twin(institution)
    with tenant_context(institution.pk):
        _people(twin)
        _courses(twin)
        _work(twin)
    return twin


def _people(twin: Twin) -> None:
    for name, (kind, role) in PEOPLE.items():
        twin.people[name] = Person.objects.create(
            kind=kind, role=role.value, crm_id=f"crm-{name}", code=name, name=name.title()
        )
    AttributeDefinition.objects.create(entity="students", key="house", type="text", label="House")


def _courses(twin: Twin) -> None:
    term = Term.objects.create(
        code="2026A", name="Spring", starts_on=date(2026, 1, 12), ends_on=date(2026, 4, 3)
    )
    for code, teacher in (("MATH", "tom"), ("ART", "uma")):
        course = Course.objects.create(
            code=code,
            title=f"{code.title()} for all",
            category=code,
            status=Course.Status.PUBLISHED,
            term=term,
            creator=twin.people[teacher],
            starts_on=term.starts_on,
        )
        module = Module.objects.create(course=course, title="One", position=1)
        Lesson.objects.create(course=course, module=module, title="Start", kind="TEXT", position=1)
        twin.courses[code] = course
    CoTeacher.objects.create(course=twin.courses["ART"], person=twin.people["tom"])


def _work(twin: Twin) -> None:
    course = twin.courses["MATH"]
    lesson = Lesson.objects.get(course=course)
    assignment = Assignment.objects.create(
        course=course, title="Sums", due_at=datetime(2026, 2, 1, 12, tzinfo=UTC)
    )
    for name, score in (("lena", "71.50"), ("मीरा", "38.00")):
        student = twin.people[name]
        enrollment = Enrollment.objects.create(
            student=student, course=course, enrolled_at=datetime(2026, 1, 12, 9, tzinfo=UTC)
        )
        twin.enrollments.append(enrollment)
        LessonProgress.objects.create(
            enrollment=enrollment, student=student, course=course, lesson=lesson
        )
        Submission.objects.create(
            assignment=assignment,
            enrollment=enrollment,
            student=student,
            course=course,
            submitted_at=datetime(2026, 1, 31, 20, tzinfo=UTC),
            score=Decimal(score),
        )
        ActivityEvent.objects.create(
            enrollment=enrollment,
            student=student,
            course=course,
            lesson=lesson,
            occurred_at=datetime(2026, 1, 20, 8, tzinfo=UTC),
            clicks=7,
        )
