"""Springdale's OptiCRM: the made-up school's own people, with parents, fees and attendance."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, Final

from optilearn.demo.opticrm.data import CrmSchool, Record
from optilearn.demo.springdale import SEED
from optilearn.demo.springdale.people import learners, staff
from optilearn.demo.springdale.records import Person

_NEXT_GRADE: Final = 120
"""The number of students between a child and a sibling one grade higher."""
_OVERDUE, _PARTIAL = 0.03, 0.08
_DAYS: Final = 20


def springdale(slug: str = "springdale", seed: int = SEED) -> CrmSchool:
    """The school as its OptiCRM has it; its id there is its slug, as the demonstration's."""
    rng = Random(f"{seed} opticrm")  # noqa: S311 - chance, not secrecy
    workers = staff(Random(f"{seed} staff"))  # noqa: S311
    learning = learners(Random(f"{seed} students"), len(workers) + 1)  # noqa: S311
    students = [learner.person for learner in learning]
    school = CrmSchool(institution_id=slug)
    school.users = {p.crm_id: _user(p) for p in workers}
    school.students = {p.crm_id: _student(p) for p in students}
    school.classes = _classes(students)
    _families(school, students)
    for person in students:
        chance = rng.random()
        if chance < _OVERDUE + _PARTIAL:
            school.fees[person.crm_id] = "OVERDUE" if chance < _OVERDUE else "PARTIAL"
        school.attendance[person.crm_id] = _attendance(rng)
    return school


def _user(person: Person) -> Record:
    return {
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "status": person.status,
    }


def _student(person: Person) -> Record:
    return {
        "name": person.name,
        "email": person.email,
        "status": person.status,
        "admissionNumber": person.code,
        "classId": person.class_id,
        "sectionId": person.section_id,
    }


def _classes(students: list[Person]) -> list[Record]:
    found: dict[str, dict[str, Any]] = {}
    for person in students:
        school_class = found.setdefault(person.class_id, {"name": person.class_name, "of": {}})
        school_class["of"].setdefault(person.section_id, person.section_name)
    return [
        {
            "id": class_id,
            "name": facts["name"],
            "sections": [{"id": key, "name": name} for key, name in facts["of"].items()],
        }
        for class_id, facts in found.items()
    ]


def _families(school: CrmSchool, students: list[Person]) -> None:
    """A parent for each family: a child, and another a grade higher if the names agree."""
    with_a_parent: set[str] = set()
    for number, person in enumerate(students):
        if person.crm_id in with_a_parent:
            continue
        family = person.name.split()[-1]
        children = [person.crm_id]
        if number + _NEXT_GRADE < len(students):
            other = students[number + _NEXT_GRADE]
            children += [other.crm_id] if other.name.split()[-1] == family else []
        with_a_parent.update(children)
        key = f"P{len(school.parents) + 1:05}"
        school.parents[key] = {
            "name": f"Parent {family}",
            "email": f"parent{len(school.parents) + 1}@families.springdale.example",
        }
        school.children[key] = children


def _attendance(rng: Random) -> list[Record]:
    days = (date(2026, 2, 2) + timedelta(n) for n in range(_DAYS * 2))
    weekdays = [day for day in days if day.weekday() < 5][:_DAYS]
    kinds = rng.choices(("PRESENT", "ABSENT", "LATE"), (92, 5, 3), k=len(weekdays))
    return [
        {"date": day.isoformat(), "status": kind} for day, kind in zip(weekdays, kinds, strict=True)
    ]
