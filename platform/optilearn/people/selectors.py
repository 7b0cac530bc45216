"""Reads about people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from django.db.models import BooleanField, Count, Max, Q, QuerySet, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower, RowNumber

from optilearn.core import sql
from optilearn.core.access.policies import ADMINS, STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.text import has_words, words_of
from optilearn.institutions.selectors import InstitutionRow
from optilearn.people.models import ApiToken, Person
from optilearn.people.schemas import PeopleQuery

Row = dict[str, Any]

_SOUGHT: Final = "concat_ws(' ', people_person.name, people_person.code, people_person.email)"

_ROW: Final = (
    "id", "kind", "role", "code", "name", "email", "class_id", "class_name", "section_id",
    "section_name", "status", "refreshed_at",
)  # fmt: skip


def principal_by_code(institution: InstitutionRow, role: Role, code: str | None) -> Principal:
    """The person of that role and code, or the first of the role.

    For the shell, where whoever runs the command owns the machine. Raises ``LookupError``.
    """
    with tenant_context(institution.id):
        people = Person.objects.filter(role=role.value).order_by("id")
        if code is not None:
            people = people.filter(code=code)
        person = people.values("id", "role", "name", "locale").first()
    if person is None:
        label = f"{role.value} {code}" if code else role.value
        raise LookupError(f"{institution.slug} has no {label}.")
    return _principal(institution, dict(person))


def principal_by_id(institution: InstitutionRow, person_id: int) -> Principal:
    """That person, for the sign-in page of development. Raises ``LookupError``."""
    with tenant_context(institution.id):
        people = Person.objects.filter(pk=person_id, status=Person.Status.ACTIVE)
        person = people.values("id", "role", "name", "locale").first()
    if person is None:
        raise LookupError(f"{institution.slug} has nobody by that id.")
    return _principal(institution, dict(person))


def _principal(institution: InstitutionRow, person: Row) -> Principal:
    return Principal(
        institution_id=institution.id,
        institution_slug=institution.slug,
        person_id=person["id"],
        role=Role(person["role"]),
        name=person["name"],
        locale=person["locale"] or institution.locale,
    )


def administrator_ids() -> list[int]:
    """The active administrators of the institution in force."""
    return active_ids_of_roles([role.value for role in ADMINS])


def active_ids_of_roles(roles: Collection[str]) -> list[int]:
    """The active people with one of the roles. One query."""
    people = Person.objects.filter(role__in=roles, status=Person.Status.ACTIVE)
    return list(people.order_by("id").values_list("id", flat=True))


def class_ids_of(person_ids: Collection[int]) -> set[str]:
    """OptiCRM's ids of the classes that students among the people are in. One query."""
    students = Person.objects.filter(pk__in=person_ids, kind=Person.Kind.STUDENT)
    return set(students.values_list("class_id", flat=True).distinct())


def active_principals(
    institution: InstitutionRow,
    *,
    ids: Collection[int] = (),
    roles: Collection[str] = (),
    class_ids: Collection[str] = (),
) -> list[Principal]:
    """The active people with one of the ids or roles, or students of one of the classes, by id.

    For work that is done on their behalf. One query.
    """
    chosen = Q(pk__in=ids) | Q(role__in=roles)
    chosen |= Q(class_id__in=class_ids, kind=Person.Kind.STUDENT)
    people = Person.objects.filter(chosen, status=Person.Status.ACTIVE).order_by("id")
    rows = people.values("id", "role", "name", "locale")
    return [_principal(institution, dict(row)) for row in rows if row["role"] in set(Role)]


def people_to_sign_in(limit: int = 4) -> list[Row]:
    """The first people of each role, for the sign-in page of development."""
    ranked = Person.objects.filter(status=Person.Status.ACTIVE).annotate(
        place=Window(RowNumber(), partition_by="role", order_by="id")
    )
    found: dict[str, list[Row]] = {}
    for row in ranked.filter(place__lte=limit).order_by("role", "id"):
        one = {"id": row.pk, "name": row.name, "className": row.class_name}
        found.setdefault(row.role, []).append(one)
    return [{"role": role, "people": people} for role, people in found.items()]


def session_claims(principal: Principal, institution: InstitutionRow) -> dict[str, object]:
    """The claims with which OptiCRM would sign this person in."""
    with tenant_context(principal.institution_id):
        person = Person.objects.values("crm_id", "email", "kind").get(pk=principal.person_id)
    contact = person["kind"] != Person.Kind.USER
    return {
        "id": person["crm_id"],
        "email": person["email"],
        "name": principal.name,
        "role": principal.role.value,
        "institutionId": institution.crm_id,
        "institutionSlug": institution.slug,
        "isContact": contact,
        "contactId": person["crm_id"] if contact else None,
        "contactType": f"CONTACT_{principal.role.value}" if contact else None,
    }


def placement(person_id: int) -> tuple[str, str]:
    """OptiCRM's ids of a student's class and section; empty where there is none."""
    row = Person.objects.filter(pk=person_id).values_list("class_id", "section_id").first()
    return row or ("", "")


def people_of_roles(person_ids: Iterable[int], roles: Sequence[str]) -> set[int]:
    """Those of the people who are active and have one of the roles."""
    people = Person.objects.filter(
        pk__in=list(person_ids), role__in=roles, status=Person.Status.ACTIVE
    )
    return set(people.values_list("pk", flat=True))


def names_of(person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of people of the institution in force by their ids. One query."""
    return dict(Person.objects.filter(pk__in=person_ids).values_list("pk", "name"))


def classes() -> list[Row]:
    """Return the classes that active students are in, by name. One query.

    ``{id, name, students}`` of each; the name is the id where OptiCRM gave none.
    """
    students = Person.objects.filter(kind=Person.Kind.STUDENT, status=Person.Status.ACTIVE)
    named = students.exclude(class_id="").values("class_id")
    rows = named.annotate(name=Max("class_name"), students=Count("pk")).order_by("name", "class_id")
    return [
        {"id": row["class_id"], "name": row["name"] or row["class_id"], "students": row["students"]}
        for row in rows
    ]


def is_student(person_id: int) -> bool:
    """Return True if that person is a student, whether active or not."""
    return Person.objects.filter(pk=person_id, kind=Person.Kind.STUDENT).exists()


def people_by_any_name(texts: Collection[str]) -> list[Row]:
    """Return the people whose code, OptiCRM id or e-mail is among the texts. One query.

    ``{id, kind, status, code, crm_id, email, name}`` of each; ``email`` is in lower case. In SQL,
    for a list of thousands is one array.
    """
    return sql.rows(
        "SELECT id, kind, status, code, crm_id, lower(email) AS email, name"
        "  FROM people_person WHERE code = ANY (%(texts)s::text[])"
        "    OR crm_id = ANY (%(texts)s::text[]) OR (email <> ''"
        "   AND lower(email) = ANY (%(lower)s::text[])) ORDER BY id",
        {"texts": list(texts), "lower": sorted({text.lower() for text in texts})},
    )


def email_of(person_id: int) -> str | None:
    """Return a person's address, which may be empty; ``None`` if there is nobody."""
    found = sql.row("SELECT email FROM people_person WHERE id = %s", [person_id])
    return str(found["email"]) if found else None


def people_list(principal: Principal, query: PeopleQuery) -> tuple[list[Row], int]:
    """A page of people, for staff, and how many there are. Two queries.

    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, STAFF)
    people = Person.objects.all()
    for name in ("kind", "role", "status", "class_id", "section_id"):
        if getattr(query, name) is not None:
            people = people.filter(**{name: getattr(query, name)})
    words = words_of(query.q)
    if words:
        people = people.filter(_has(_SOUGHT, words))
    backwards = query.order.startswith("-")
    by = Lower("name").desc() if backwards else Lower("name").asc()
    rows = people.order_by(by, "id").values(*_ROW)[query.window]
    return [person_row(row) for row in rows], people.count()


def _has(text: str, words: list[str]) -> RawSQL:
    return RawSQL(has_words(text), [words], output_field=BooleanField())  # noqa: S611 - ours


def people_named(words: list[str]) -> QuerySet[Person, int]:
    """The ids of the people whose names have all these words, for a condition of another app."""
    found = Person.objects.filter(_has("people_person.name", words))
    return found.values_list("pk", flat=True)


def person_detail(principal: Principal, person_id: int) -> Row:
    """A person, for staff and for themselves. Raises ``AppError`` NOT_FOUND."""
    if principal.role not in STAFF and person_id != principal.person_id:
        raise not_found()
    row = Person.objects.filter(pk=person_id).values(*_ROW).first()
    if row is None:
        raise not_found()
    return person_row(row)


def person_row(row: Row) -> Row:
    """A person on the wire."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "role": row["role"],
        "code": row["code"],
        "name": row["name"],
        "email": row["email"],
        "classId": row["class_id"],
        "className": row["class_name"],
        "sectionId": row["section_id"],
        "sectionName": row["section_name"],
        "status": row["status"],
        "refreshedAt": row["refreshed_at"],
    }


def api_tokens(principal: Principal) -> list[Row]:
    """The tokens of the institution's integrations, for administrators. Never the secrets."""
    require(principal, ADMINS)
    rows = ApiToken.objects.order_by("-id").values(
        "id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at",
        "person_id", "person__name",
    )  # fmt: skip
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "hint": row["hint"],
            "scopes": row["scopes"],
            "person": {"id": row["person_id"], "name": row["person__name"]},
            "createdAt": row["created_at"],
            "expiresAt": row["expires_at"],
            "lastUsedAt": row["last_used_at"],
            "revokedAt": row["revoked_at"],
        }
        for row in rows
    ]
