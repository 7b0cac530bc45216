"""The people of Springdale: 600 students in 20 sections, their parents, 40 staff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Final

from optilearn.demo.springdale.records import Attribute, Person, SchoolClass, Section

CLASSES: Final = ("6", "7", "8", "9", "10")
SECTIONS: Final = ("A", "B", "C", "D")
SECTION_SIZE: Final = 30
_NEXT_GRADE: Final = len(SECTIONS) * SECTION_SIZE
"""The number of students between a child and a sibling one grade higher."""
STAFF_ROLES: Final = (
    ["ADMIN", "PRINCIPAL", "ANALYST", "ADMISSIONS", "FINANCE", "LIBRARIAN"]
    + ["HOD"] * 4
    + ["TEACHER"] * 30
)

ATTRIBUTES: Final = (
    Attribute(1, "students", "house", "text", "House"),
    Attribute(2, "students", "birthDate", "date", "Date of birth"),
    Attribute(3, "students", "siblings", "integer", "Siblings at the school"),
    Attribute(4, "students", "distanceKm", "decimal", "Way to school (km)"),
    Attribute(5, "students", "hostel", "boolean", "Lives in the hostel"),
    Attribute(6, "enrollments", "remedial", "boolean", "Remedial teaching"),
    Attribute(7, "enrollments", "batch", "text", "Batch"),
)

_HOUSES: Final = ("Ganga", "Yamuna", "Kaveri", "Narmada")
_GIVEN: Final = (
    "Aarav/आरव", "Aditi/अदिति", "Ananya/अनन्या", "Arjun/अर्जुन", "Bhavya/भव्या", "Dev/देव",
    "Diya/दीया", "Farhan/फ़रहान", "Gauri/गौरी", "Harsh/हर्ष", "Ishaan/ईशान", "Ishita/इशिता",
    "Jaya/जया", "Kabir/कबीर", "Kavya/काव्या", "Krish/कृष", "Lakshmi/लक्ष्मी", "Manav/मानव",
    "Meera/मीरा", "Nikhil/निखिल", "Nisha/निशा", "Ojas/ओजस", "Pooja/पूजा", "Pranav/प्रणव",
    "Rhea/रिया", "Rohan/रोहन", "Saanvi/सान्वी", "Samir/समीर", "Shreya/श्रेया", "Siddharth/सिद्धार्थ",
    "Tara/तारा", "Uday/उदय", "Vidya/विद्या", "Vivaan/विवान", "Yash/यश", "Zoya/ज़ोया",
)  # fmt: skip
_FAMILY: Final = (
    "Agarwal/अग्रवाल", "Bose/बोस", "Chauhan/चौहान", "Desai/देसाई", "Fernandes/फ़र्नांडिस",
    "Ghosh/घोष", "Gupta/गुप्ता", "Iyer/अय्यर", "Jain/जैन", "Joshi/जोशी", "Kapoor/कपूर",
    "Khan/ख़ान", "Kulkarni/कुलकर्णी", "Mehta/मेहता", "Mishra/मिश्रा", "Nair/नायर",
    "Patel/पटेल", "Qureshi/क़ुरैशी", "Rao/राव", "Reddy/रेड्डी", "Saxena/सक्सेना",
    "Sharma/शर्मा", "Singh/सिंह", "Tiwari/तिवारी", "Verma/वर्मा", "Yadav/यादव",
)  # fmt: skip


@dataclass(frozen=True)
class Learner:
    """A student with what no table shows: how able and how diligent, around 0 each."""

    person: Person
    ability: float
    diligence: float
    fades_after_week: int | None
    """From this week on the student drifts away; the few at risk."""


def staff(rng: Random) -> list[Person]:
    """The 40 who work there, keys from 1 on."""
    people = []
    names = _names(rng)
    teachers = 0
    for key, role in enumerate(STAFF_ROLES, start=1):
        teachers += role in {"TEACHER", "HOD"}
        code = f"teacher-{teachers:02}" if role in {"TEACHER", "HOD"} else role.lower()
        name, mail = next(names)
        people.append(
            Person(
                id=key,
                kind="USER",
                role=role,
                crm_id=f"U{key:04}",
                code=code,
                name=name,
                email=f"{mail}@springdale.example",
                class_id="",
                class_name="",
                section_id="",
                section_name="",
                status="ACTIVE",
                attributes="{}",
            )
        )
    return people


def learners(rng: Random, first_key: int) -> list[Learner]:
    """The students, section by section."""
    names = _names(rng)
    found: list[Learner] = []
    for grade in CLASSES:
        for section in SECTIONS:
            for _ in range(SECTION_SIZE):
                number = len(found) + 1
                person = _student(rng, first_key + number - 1, f"{grade}{section}", next(names))
                diligence = rng.gauss(0, 1)
                # About one in seventeen drifts away, rather the less diligent.
                fades = rng.random() < (0.1 if diligence < 0 else 0.02)
                ability = 0.45 * diligence + rng.gauss(0, 0.9)
                week = rng.randint(3, 6)
                found.append(Learner(person, ability, diligence, week if fades else None))
    return found


def parents(students: list[Person]) -> list[Person]:
    """A parent for each family, by the ids that the school's OptiCRM gives them.

    A family is a child, and another a grade higher if the names agree. Who is whose parent is
    known to OptiCRM alone.
    """
    found: list[Person] = []
    with_a_parent: set[int] = set()
    for number, child in enumerate(students):
        if child.id in with_a_parent:
            continue
        family = child.name.split()[-1]
        if number + _NEXT_GRADE < len(students):
            other = students[number + _NEXT_GRADE]
            if other.name.split()[-1] == family:
                with_a_parent.add(other.id)
        found.append(_parent(len(found) + 1, len(students) + students[0].id, family))
    return found


def _parent(number: int, first_key: int, family: str) -> Person:
    return Person(
        id=first_key + number - 1,
        kind="PARENT",
        role="PARENT",
        crm_id=f"P{number:05}",
        code=f"P{number:05}",
        name=f"Parent {family}",
        email=f"parent{number}@families.springdale.example",
        class_id="",
        class_name="",
        section_id="",
        section_name="",
        status="ACTIVE",
        attributes="{}",
        locale="en" if family.isascii() else "hi",
    )


def classes() -> list[SchoolClass]:
    """The classes, as OptiCRM names them."""
    return [
        SchoolClass(key, f"class-{grade}", f"Class {grade}", key)
        for key, grade in enumerate(CLASSES, start=1)
    ]


def sections() -> list[Section]:
    """The sections of all classes."""
    return [
        Section(
            id=place * len(SECTIONS) + position,
            school_class_id=place + 1,
            crm_id=f"section-{grade}{letter}",
            name=letter,
            position=position,
        )
        for place, grade in enumerate(CLASSES)
        for position, letter in enumerate(SECTIONS, start=1)
    ]


def _student(rng: Random, key: int, section: str, name: tuple[str, str]) -> Person:
    grade, letter = section[:-1], section[-1]
    born = date(2026 - 5 - int(grade), 4, 1) - timedelta(rng.randrange(365))
    attributes: dict[str, object] = {
        "house": rng.choice(_HOUSES),
        "birthDate": born.isoformat(),
        "siblings": rng.choices((0, 1, 2, 3), (60, 28, 9, 3))[0],
        "hostel": rng.random() < 0.15,
    }
    if not attributes["hostel"]:  # who lives there has no way to school
        attributes["distanceKm"] = round(rng.lognormvariate(1.2, 0.7), 1)
    return Person(
        id=key,
        kind="STUDENT",
        role="STUDENT",
        crm_id=f"C{key:05}",
        code=f"SD{key:04}",
        name=name[0],
        email=f"{name[1]}{key}@students.springdale.example",
        class_id=f"class-{grade}",
        class_name=f"Class {grade}",
        section_id=f"section-{grade}{letter}",
        section_name=letter,
        status="INACTIVE" if rng.random() < 0.01 else "ACTIVE",
        attributes=json.dumps(attributes, sort_keys=True),
    )


def _names(rng: Random) -> Iterator[tuple[str, str]]:
    """Names, every second one in Devanagari, each with a mail address in Latin letters."""
    for script in cycle((0, 1)):
        given, family = rng.choice(_GIVEN).split("/"), rng.choice(_FAMILY).split("/")
        yield f"{given[script]} {family[script]}", f"{given[0]}.{family[0]}".lower()
