"""The refreshed copy of OptiCRM's people: how it is written, in few statements.

Who was erased stays erased: an app above this one says who that is (:data:`find_erased`),
and nothing here brings them back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import uuid4

from django.db import connection
from django.db.models import Q, QuerySet

from optilearn.core.clock import now
from optilearn.core.providers import Provider
from optilearn.core.tenancy.context import require_institution_id
from optilearn.people.models import Person

CONFIRM_AFTER: Final = timedelta(days=1)
"""A copy that is confirmed unchanged is stamped anew only then: each stamp is a change that
the next snapshot has to read."""

find_erased: Final = Provider[[str, Collection[str]], set[str]](lambda _kind, _ids: set())
"""``(kind, crm_ids)``: the OptiCRM ids of those who were erased."""

_COPIED: Final = (
    "role",
    "name",
    "email",
    "class_id",
    "class_name",
    "section_id",
    "section_name",
    "status",
)
_ARRIVING: Final = ("crm_id", "code", *_COPIED)
ERASED: Final = "erased:"
"""Begins the OptiCRM id that stands in the row of an erased person."""
_OWN_CODE: Final = "crm:"
"""Begins the code of a person whose own is missing or somebody else's."""

_UPSERT: Final = """
INSERT INTO people_person (institution_id, kind, {arriving}, locale, time_zone, attributes,
                           refreshed_at)
SELECT %s, %s, {arrived}, '', '', '{{}}', %s FROM unnest({types}) AS arrived ({arriving})
    ON CONFLICT (institution_id, kind, crm_id) DO UPDATE SET {values}, refreshed_at = %s
 WHERE ({ours}) IS DISTINCT FROM ({theirs})
    OR people_person.refreshed_at IS NULL OR people_person.refreshed_at < %s
""".format(
    arriving=", ".join(_ARRIVING),
    arrived=", ".join(f"arrived.{name}" for name in _ARRIVING),
    types=", ".join(["%s::text[]"] * len(_ARRIVING)),
    values=", ".join(f"{name} = excluded.{name}" for name in _COPIED),
    ours=", ".join(f"people_person.{name}" for name in _COPIED),
    theirs=", ".join(f"excluded.{name}" for name in _COPIED),
)


@dataclass(frozen=True)
class Listed:
    """A person as OptiCRM lists them. ``code`` is used when the person is first seen."""

    crm_id: str
    role: str
    name: str
    code: str = ""
    email: str = ""
    class_id: str = ""
    class_name: str = ""
    section_id: str = ""
    section_name: str = ""
    status: str = Person.Status.ACTIVE.value


@dataclass(frozen=True)
class Known:
    """The fields that decide whether a person's copy is refreshed."""

    id: int
    kind: str
    crm_id: str
    role: str
    status: str


@dataclass(frozen=True)
class PersonState:
    """The kind, role and state of a person."""

    id: int
    kind: str
    crm_id: str
    code: str
    role: str


_STATE: Final = ("id", "kind", "crm_id", "code", "role")


def erased_among(kind: str, crm_ids: Collection[str]) -> set[str]:
    """Those of the OptiCRM ids whose people were erased here."""
    return find_erased(kind, crm_ids) if crm_ids else set()


def is_erased(kind: str, crm_id: str) -> bool:
    """Return True if that person was erased here: neither a token nor OptiCRM brings them back."""
    return bool(erased_among(kind, [crm_id]))


def upsert_people(kind: str, listed: Iterable[Listed]) -> int:
    """Write the copies of people of a kind; the number of rows that are new or changed.

    In ascending order of OptiCRM's ids, so that two refreshes at once wait for each other
    instead of deadlocking. Erased people are left out.
    """
    people = {person.crm_id: person for person in listed}
    for crm_id in erased_among(kind, people):
        del people[crm_id]
    if not people:
        return 0
    rows = _with_free_codes(kind, [people[crm_id] for crm_id in sorted(people)])
    columns = [[str(getattr(person, name)) for person in rows] for name in _ARRIVING]
    moment = now()
    parameters: list[Any] = [require_institution_id(), kind, moment, *columns, moment]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [*parameters, moment - CONFIRM_AFTER])
        return int(cursor.rowcount)


def admit_people(kind: str, listed: Iterable[Listed]) -> None:
    """Write only those who aren't there yet, and leave the others as they are."""
    people = {person.crm_id: person for person in listed}
    known = person_ids(kind, people)
    upsert_people(kind, [p for crm_id, p in people.items() if crm_id not in known])


def person_ids(kind: str, crm_ids: Collection[str]) -> dict[str, int]:
    """Our ids of people by OptiCRM's; who isn't there is missing."""
    found = Person.objects.filter(kind=kind, crm_id__in=list(crm_ids))
    return dict(found.values_list("crm_id", "id"))


def places_in_use(column: Literal["class_id", "section_id"], ids: Collection[str]) -> set[str]:
    """Those of OptiCRM's ids of classes or sections that somebody is in."""
    if not ids:
        return set()
    found = Person.objects.filter(**{f"{column}__in": list(ids)})
    return set(found.values_list(column, flat=True).distinct())


def known_person(person_id: int) -> Known | None:
    """Return the copy of a person; None if there is none, or the person was erased."""
    return next(iter(_known(Person.objects.filter(pk=person_id))), None)


def stale_people(kinds: Collection[str], limit: int) -> list[Known]:
    """Some people of these kinds whose copies were not confirmed for a day.

    By chance, so that those whom OptiCRM never answers well for don't keep the others waiting.
    """
    found = Person.objects.filter(_stale(), kind__in=list(kinds))
    return _known(found.exclude(crm_id__startswith=ERASED).order_by("?")[:limit])


def active_people(kind: str) -> dict[str, int]:
    """Our ids of the active people of a kind, by OptiCRM's."""
    found = Person.objects.filter(kind=kind, status=Person.Status.ACTIVE)
    return dict(found.values_list("crm_id", "id"))


def erased_of(person_ids: Collection[int]) -> set[int]:
    """Those of the people who were erased. One query."""
    found = Person.objects.filter(pk__in=person_ids, crm_id__startswith=ERASED)
    return set(found.values_list("id", flat=True))


def deactivate(person_ids: Collection[int]) -> int:
    """They are gone from OptiCRM: no longer active, and never deleted. How many were active."""
    found = Person.objects.filter(pk__in=list(person_ids))
    moment = now()
    gone = found.filter(status=Person.Status.ACTIVE).update(
        status=Person.Status.INACTIVE, refreshed_at=moment
    )
    found.filter(_stale()).update(refreshed_at=moment)
    return gone


def lock_person(person_id: int) -> PersonState | None:
    """A person whom nobody else changes until the transaction ends."""
    row = Person.objects.select_for_update().filter(pk=person_id).values_list(*_STATE).first()
    return PersonState(*row) if row else None


def own_data(person_id: int) -> dict[str, Any] | None:
    """All that the person's own row says."""
    row = Person.objects.filter(pk=person_id).values().first()
    return dict(row) if row else None


def facts_of(person: Person) -> list[str]:
    """By what a text would name a person."""
    return [person.name, person.code, person.email, person.crm_id]


def anonymize(person_id: int) -> None:
    """Make the row nobody's, for good: what refers to it goes on referring to somebody."""
    name = f"{ERASED}{uuid4().hex}"
    Person.objects.filter(pk=person_id).update(
        crm_id=name,
        code=name,
        name="Erased person",
        email="",
        class_id="",
        class_name="",
        section_id="",
        section_name="",
        status=Person.Status.INACTIVE,
        locale="",
        time_zone="",
        attributes={},
        sessions_valid_from=now(),
        refreshed_at=now(),
    )


def _stale() -> Q:
    return Q(refreshed_at=None) | Q(refreshed_at__lt=now() - CONFIRM_AFTER)


def _known(people: QuerySet[Person]) -> list[Known]:
    rows = people.values_list("id", "kind", "crm_id", "role", "status")
    return [Known(*row) for row in rows if not row[2].startswith(ERASED)]


def _with_free_codes(kind: str, people: Sequence[Listed]) -> list[Listed]:
    """Codes that nobody else of the kind has; OptiCRM's id makes one where there is none."""
    owners = dict(
        Person.objects.filter(kind=kind, code__in=[p.code for p in people]).values_list(
            "code", "crm_id"
        )
    )
    found = []
    for person in people:
        owner = owners.setdefault(person.code, person.crm_id)
        is_free = owner == person.crm_id and not person.code.startswith(_OWN_CODE)
        code = person.code if person.code and is_free else _OWN_CODE + person.crm_id
        found.append(replace(person, code=code))
    return found
