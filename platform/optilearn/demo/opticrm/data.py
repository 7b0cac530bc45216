"""The data of a school's OptiCRM, and its form on the wire."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


@dataclass
class CrmSchool:
    """One institution's records, by OptiCRM's ids; all of them may be changed while it serves.

    ``users`` hold name, email, role, status; ``students`` besides the class and section that
    they sit in (``classId``, ``sectionId``) and their number; ``parents`` name and e-mail.
    ``children`` are the students' ids of each parent. ``classes`` are ``{id, name, sections:
    [{id, name}]}`` in order.
    """

    institution_id: str
    users: dict[str, Record] = field(default_factory=dict)
    students: dict[str, Record] = field(default_factory=dict)
    parents: dict[str, Record] = field(default_factory=dict)
    classes: list[Record] = field(default_factory=list)
    fees: dict[str, str] = field(default_factory=dict)
    attendance: dict[str, list[Record]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    completions: dict[str, Record] = field(default_factory=dict)
    """Pushed completions by idempotency key: a repeated push is the same completion."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> CrmSchool:
        """A school from a plain dict with these names."""
        return cls(**plain)

    def contact(self, key: str) -> Record | None:
        """A student or a parent: name and e-mail."""
        for kind, people in (
            ("CONTACT_STUDENT", self.students),
            ("CONTACT_PARENT", self.parents),
        ):
            if key in people:
                return self._on_the_wire(key, people[key]) | {
                    "isContact": True,
                    "contactType": kind,
                }
        return None

    def user(self, key: str) -> Record | None:
        """A member of the staff."""
        found = self.users.get(key)
        return self._on_the_wire(key, found) | {"role": found["role"]} if found else None

    def student(self, key: str) -> Record | None:
        """A student with the class and section of today."""
        found = self.students.get(key)
        if found is None:
            return None
        return self._on_the_wire(key, found) | {
            "admissionNumber": found.get("admissionNumber"),
            "currentEnrolment": self._seat(found),
        }

    def parents_of(self, key: str) -> list[Record] | None:
        """The student's parents."""
        if key not in self.students:
            return None
        return [
            self._on_the_wire(parent, self.parents[parent])
            for parent, children in self.children.items()
            if key in children
        ]

    def children_of(self, key: str) -> list[Record] | None:
        """The parent's children."""
        if key not in self.parents:
            return None
        found = (self.student(child) for child in self.children.get(key, ()))
        return [child for child in found if child is not None]

    def all_classes(self, _: str = "") -> list[Record]:
        """The classes with their sections."""
        return self.classes

    def roster(self, section: str) -> list[Record] | None:
        """The students of a section."""
        sections = {s["id"] for c in self.classes for s in c["sections"]}
        if section not in sections:
            return None
        return [
            self._on_the_wire(key, student) | {"admissionNumber": student.get("admissionNumber")}
            for key, student in self.students.items()
            if student.get("sectionId") == section
        ]

    def fee_status(self, key: str) -> Record | None:
        """Return the state of the student's fees."""
        if key not in self.students:
            return None
        return {"studentId": key, "status": self.fees.get(key, "CLEAR")}

    def attendance_of(self, key: str) -> Record | None:
        """The student's days at school."""
        if key not in self.students:
            return None
        return {"studentId": key, "days": self.attendance.get(key, [])}

    def complete(self, idempotency_key: str, completion: Record) -> Record:
        """Note a completion; the same key again notes nothing."""
        with self._lock:
            repeated = idempotency_key in self.completions
            self.completions.setdefault(idempotency_key, completion)
        return {"accepted": True, "duplicate": repeated}

    def _on_the_wire(self, key: str, record: Record) -> Record:
        return {
            "id": key,
            "name": record["name"],
            "email": record.get("email"),
            "status": record.get("status", "ACTIVE"),
            "institutionId": self.institution_id,
        }

    def _seat(self, student: Record) -> Record | None:
        for school_class in self.classes:
            for section in school_class["sections"]:
                if section["id"] == student.get("sectionId"):
                    return {
                        "classId": school_class["id"],
                        "className": school_class["name"],
                        "sectionId": section["id"],
                        "sectionName": section["name"],
                    }
        return None
