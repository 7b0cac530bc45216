"""Reads about people."""

from __future__ import annotations

from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.access.tokens import SessionClaims, TokenError
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import InstitutionRow, institution_by_slug
from optilearn.people.models import Person

_CONTACT_KINDS = {
    "CONTACT_STUDENT": (Person.Kind.STUDENT, Role.STUDENT),
    "CONTACT_PARENT": (Person.Kind.PARENT, Role.PARENT),
}


def principal_from_claims(claims: SessionClaims) -> Principal:
    """The person of a session token. Raises ``TokenError`` if the claims name nobody here.

    Institution id and slug must name the same institution: a token can't move by renaming.
    """
    institution = institution_by_slug(claims.institution_slug)
    if institution is None or institution.crm_id != claims.institution_crm_id:
        raise TokenError("unknown institution")
    kind, role = _kind_and_role(claims)
    with tenant_context(institution.id):
        person = (
            Person.objects.filter(kind=kind, crm_id=claims.subject, status=Person.Status.ACTIVE)
            .values("id", "name", "locale", "sessions_valid_from")
            .first()
        )
    if person is None:
        raise TokenError("unknown person")
    valid_from = person["sessions_valid_from"]
    if valid_from is not None and claims.issued_at < valid_from.timestamp():
        raise TokenError("session was ended")
    return Principal(
        institution_id=institution.id,
        institution_slug=institution.slug,
        person_id=person["id"],
        role=role,
        name=person["name"],
        locale=person["locale"] or institution.locale,
    )


def principal_by_code(institution: InstitutionRow, role: Role, code: str | None) -> Principal:
    """The person of that role and code, or the first of the role.

    For the shell, where whoever runs the command owns the machine. Raises ``LookupError``.
    """
    with tenant_context(institution.id):
        people = Person.objects.filter(role=role.value).order_by("id")
        if code is not None:
            people = people.filter(code=code)
        person = people.values("id", "name", "locale").first()
    if person is None:
        whom = f"{role.value} {code}" if code else role.value
        raise LookupError(f"{institution.slug} has no {whom}.")
    return Principal(
        institution_id=institution.id,
        institution_slug=institution.slug,
        person_id=person["id"],
        role=role,
        name=person["name"],
        locale=person["locale"] or institution.locale,
    )


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


def _kind_and_role(claims: SessionClaims) -> tuple[Person.Kind, Role]:
    if claims.is_contact:
        if claims.contact_type not in _CONTACT_KINDS:
            raise TokenError("unknown contact type")
        return _CONTACT_KINDS[claims.contact_type]
    try:
        role = Role(claims.role)
    except ValueError as error:
        raise TokenError("unknown role") from error
    if not role.is_staff:
        raise TokenError("a contact's role without isContact")
    return Person.Kind.USER, role
