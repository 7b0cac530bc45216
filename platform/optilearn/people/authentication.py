"""Authentication backend: from a session or API token to a person (docs/rules.md#identity)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import jwt
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.access.signing import signing_key
from optilearn.core.access.tokens import SessionClaims, TokenError
from optilearn.core.clock import now
from optilearn.core.queue import enqueue
from optilearn.core.tenancy.context import require_institution_id, tenant_context
from optilearn.core.valkey import ValkeyDownError, valkey
from optilearn.institutions.selectors import (
    InstitutionRow,
    institution_by_id,
    known_institution,
)
from optilearn.people.hashing import session_hash, token_hash
from optilearn.people.models import ApiToken, EndedSession, Person
from optilearn.people.services import admit

REFRESH_SECONDS: Final = 300
"""Seconds between two refreshes of an active person from OptiCRM: a role that changes, or a person
who leaves, takes effect within this time."""

ACTING: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN})
"""Roles that may act as another person."""

TOKEN_PREFIX: Final = "optl_"  # noqa: S105  (how a token begins, not one)

_CONTACT_KINDS: Final = {
    "CONTACT_STUDENT": (Person.Kind.STUDENT, Role.STUDENT),
    "CONTACT_PARENT": (Person.Kind.PARENT, Role.PARENT),
}


def principal_from_claims(claims: SessionClaims) -> Principal:
    """The person of a session token. Raises ``TokenError`` if the claims name nobody here.

    Institution id and slug must name the same institution: a token can't move by renaming.
    The role in force is the one of our copy, which OptiCRM refreshes; a person whom OptiCRM
    signed in before our copy had them is admitted with what the token says.
    """
    institution = known_institution(claims.institution_slug)
    if institution is None or institution.crm_id != claims.institution_crm_id:
        raise TokenError("unknown institution")
    kind, role = _kind_and_role(claims)
    with tenant_context(institution.id):
        row = _find(kind, claims)
        if row is None:
            admit(kind=kind, role=role, claims=claims)
            row = _find(kind, claims)
        if row is None:
            raise TokenError("unknown person")
        if row["status"] != Person.Status.ACTIVE:
            _refresh_if_old(row["id"])  # OptiCRM signs in again whom it has taken back
            raise TokenError("no longer a person of the institution")
        valid_from = row["sessions_valid_from"]
        if valid_from is not None and claims.issued_at < valid_from.timestamp():
            raise TokenError("session was ended")
        if row["ended"]:
            raise TokenError("session was signed out of")
        _refresh_if_old(row["id"])
        return _principal(institution, row, session=claims.token_id)


_FIND: Final = """
SELECT p.id, p.role, p.name, p.locale, p.status, p.sessions_valid_from,
       EXISTS (SELECT FROM people_endedsession e
                WHERE e.institution_id = p.institution_id AND e.token_hash = %s) AS ended
  FROM people_person p
 WHERE p.institution_id = %s AND p.kind = %s AND p.crm_id = %s
"""
"""In SQL, because every request asks it: building it with the ORM costs six times as much."""
_FOUND: Final = ("id", "role", "name", "locale", "status", "sessions_valid_from", "ended")


def _find(kind: Person.Kind, claims: SessionClaims) -> dict[str, Any] | None:
    ended = session_hash(claims.token_id)
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [ended, require_institution_id(), kind.value, claims.subject])
        row = cursor.fetchone()
    return dict(zip(_FOUND, row, strict=True)) if row else None


def _principal(
    institution: InstitutionRow,
    row: dict[str, Any],
    *,
    session: str = "",
    actor_id: int | None = None,
    scopes: frozenset[str] | None = None,
) -> Principal:
    return Principal(
        institution_id=institution.id,
        institution_slug=institution.slug,
        person_id=row["id"],
        role=Role(row["role"]),
        name=row["name"],
        locale=row["locale"] or institution.locale,
        session=session,
        actor_id=actor_id,
        scopes=scopes,
    )


def _refresh_if_old(person_id: int) -> None:
    """Have OptiCRM asked in the background; without Valkey the directory's refresh does it."""
    if not settings.OPTICRM_API_KEY:
        return
    with suppress(ValkeyDownError):
        if valkey().call("SET", f"optilearn:refresh:{person_id}", 1, "NX", "EX", REFRESH_SECONDS):
            enqueue("crm.refresh_person", person_id=person_id)


def is_api_token(token: str) -> bool:
    """Return True for an API token of ours; False for a session token of OptiCRM."""
    return token.startswith(TOKEN_PREFIX)


def principal_from_api_token(token: str) -> Principal:
    """The person who made an integration's token, within its scopes. Raises ``TokenError``."""
    number, _, secret = token.removeprefix(TOKEN_PREFIX).partition("_")
    if not number.isdecimal() or len(number) > 15 or not secret:
        raise TokenError("not an API token")
    institution = _institution(int(number))
    with tenant_context(institution.id):
        row = (
            ApiToken.objects.filter(token_hash=token_hash(token), revoked_at=None)
            .values("id", "scopes", "expires_at", "last_used_at", "person_id")
            .first()
        )
        if row is None:
            raise TokenError("unknown or revoked API token")
        if row["expires_at"] is not None and row["expires_at"] <= now():
            raise TokenError("expired API token")
        person = _active(row["person_id"])
        minute = now().replace(second=0, microsecond=0)
        if row["last_used_at"] is None or row["last_used_at"] < minute:
            ApiToken.objects.filter(pk=row["id"]).update(last_used_at=minute)
    return _principal(institution, person, scopes=frozenset(row["scopes"]))


def principal_of_person(institution: InstitutionRow, person_id: int) -> Principal:
    """The person as they are today, for an address that is theirs. Inside the tenant's context.

    Raises ``TokenError`` for who is no longer a person of the institution.
    """
    return _principal(institution, _active(person_id))


def principal_acting(actor: Principal, token: str) -> Principal:
    """The person that ``actor`` acts as. Raises ``TokenError`` for a token made for others."""
    try:
        claims = jwt.decode(
            token, signing_key("acting"), algorithms=["HS256"], audience="acting",
            options={"require": ["exp", "aud", "jti"]},
        )  # fmt: skip
    except jwt.InvalidTokenError as error:
        raise TokenError(f"acting: {error}") from error
    mine = (claims.get("institution"), claims.get("actor")) == (
        actor.institution_id,
        actor.person_id,
    )
    if not mine or actor.role not in ACTING or actor.scopes is not None:
        raise TokenError("acting as somebody is not open to this person")
    with tenant_context(actor.institution_id):
        person = _active(int(claims["person"]))
        if EndedSession.objects.filter(token_hash=session_hash(claims["jti"])).exists():
            raise TokenError("acting was ended")
    # As when it began: whoever rose meanwhile isn't acted as any more.
    if actor.role is not Role.SUPER_ADMIN and Role(person["role"]) in ADMINS:
        raise TokenError("acting as an administrator is not open to this person")
    institution = institution_by_id(actor.institution_id)
    return _principal(institution, person, session=actor.session, actor_id=actor.person_id)


def _active(person_id: int) -> dict[str, Any]:
    people = Person.objects.filter(pk=person_id, status=Person.Status.ACTIVE)
    row = people.values("id", "role", "name", "locale").first()
    if row is None:
        raise TokenError("unknown person")
    return dict(row)


def _institution(institution_id: int) -> InstitutionRow:
    try:
        return institution_by_id(institution_id)
    except ObjectDoesNotExist as error:
        raise TokenError("unknown institution") from error


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
