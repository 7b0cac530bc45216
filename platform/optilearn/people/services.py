"""Writes about people: admission, sessions, tokens, acting as another."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import jwt
from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.access.scopes import is_scope, known_areas
from optilearn.core.access.signing import signing_key
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.redacting import without_person
from optilearn.core.sql import compose
from optilearn.core.sql import rows as sql_rows
from optilearn.people.directory import Listed, admit_people, facts_of, is_erased
from optilearn.people.events import SignedOutEverywhere
from optilearn.people.hashing import session_hash, token_hash
from optilearn.people.models import ApiToken, EndedSession, Person
from optilearn.people.rules import active_student

if TYPE_CHECKING:
    from optilearn.core.access.tokens import SessionClaims

ACTING_MINUTES: Final = 30
SESSION_DAYS: Final = 31
"""Longer than OptiCRM's session tokens live."""


def admit(*, kind: Person.Kind, role: Role, claims: SessionClaims) -> None:
    """Keep a person whom OptiCRM signed in and whom our copy lacks.

    OptiCRM is asked for the rest by the next refresh. Two requests at once make one row; a
    person who was erased is not made again.
    """
    if is_erased(kind, claims.subject):
        return
    listed = Listed(claims.subject, role.value, claims.name or claims.subject, email=claims.email)
    admit_people(kind, [listed])
    audit.record(action="person.admit", target=f"{kind}:{role.value}")


_LOCK_STUDENTS: Final = compose(
    "SELECT p.id FROM people_person p WHERE p.id = ANY (%s::bigint[]) AND <student> FOR KEY SHARE",
    student=active_student("p"),
)
"""In SQL: the ORM has no ``FOR KEY SHARE``, which lets other changes of the person go on."""


def lock_active_students(person_ids: Sequence[int]) -> set[int]:
    """Return those who are active students, whose rows stay until the transaction ends."""
    return {one["id"] for one in sql_rows(_LOCK_STUDENTS, [list(person_ids)])}


@transaction.atomic
def end_session(*, principal: Principal) -> None:
    """Sign out of this session, wherever its token is kept. Repeating it does no harm."""
    if principal.session:
        _end(principal.session, now() + timedelta(days=SESSION_DAYS))
    audit.record(action="session.end", actor=principal)


def _end(token_id: str, expires_at: datetime) -> None:
    """Remember that a token was ended, for as long as it would have lived."""
    EndedSession.objects.get_or_create(
        token_hash=session_hash(token_id), defaults={"expires_at": expires_at}
    )
    EndedSession.objects.filter(expires_at__lt=now()).delete()


@transaction.atomic
def end_all_sessions(*, principal: Principal, person_id: int) -> None:
    """Sign a person out everywhere: themselves, or anybody by an administrator.

    Raises ``AppError`` NOT_FOUND.
    """
    if principal.role not in ADMINS and person_id != principal.person_id:
        raise not_found()
    if not Person.objects.filter(pk=person_id).update(sessions_valid_from=now()):
        raise not_found()
    publish(SignedOutEverywhere(person_id))
    # What a thief of the session made for later goes too.
    ApiToken.objects.filter(person_id=person_id, revoked_at=None).update(revoked_at=now())
    audit.record(action="session.end_all", actor=principal, target=f"person:{person_id}")


@transaction.atomic
def create_api_token(
    *, principal: Principal, name: str, scopes: Sequence[str], expires_at: datetime | None
) -> tuple[int, str]:
    """A token for an integration: its id, and the secret, which is shown only once.

    Raises ``AppError``.
    """
    require(principal, ADMINS)
    refuse_unless(principal.scopes is None, _("An API token can't create tokens."))
    areas = known_areas()
    wrong = [scope for scope in scopes if not is_scope(scope, areas)]
    if wrong or (expires_at is not None and expires_at <= now()):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Scopes are written like courses:read, and a token must expire later than now."),
            [
                {"path": "/scopes", "code": "unknown", "values": wrong, "areas": sorted(areas)}
                if wrong
                else {"path": "/expiresAt", "code": "past"}
            ],
        )
    token = f"optl_{principal.institution_id}_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(
        person_id=principal.person_id,
        name=name,
        token_hash=token_hash(token),
        hint=token[-4:],
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    audit.record(
        action="api_token.create",
        actor=principal,
        target=f"api_token:{row.pk}",
        details={"scopes": row.scopes},
    )
    return row.pk, token


@transaction.atomic
def revoke_api_token(*, principal: Principal, token_id: int) -> None:
    """End a token at once. Raises ``AppError``. Repeating it does no harm."""
    require(principal, ADMINS)
    row = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if row is None:
        raise not_found()
    if row.revoked_at is None:
        row.revoked_at = now()
        row.save(update_fields=["revoked_at"])
        audit.record(action="api_token.revoke", actor=principal, target=f"api_token:{token_id}")


@transaction.atomic
def act_as(*, principal: Principal, person_id: int, reason: str) -> tuple[str, datetime]:
    """A token with which an administrator sees and does what a person could; it ends by itself.

    Every audited action names both, by their ids, and the reason is kept without the person.
    Nobody gains rights by it: only SUPER_ADMIN acts as other administrators. Raises ``AppError``.
    """
    require(principal, frozenset({Role.ADMIN, Role.SUPER_ADMIN}))
    refuse_unless(principal.actor_id is None and principal.scopes is None)
    target = Person.objects.filter(pk=person_id, status=Person.Status.ACTIVE).first()
    if target is None or person_id == principal.person_id:
        raise not_found()
    refuse_unless(
        principal.role is Role.SUPER_ADMIN or Role(target.role) not in ADMINS,
        _("Only a super administrator can act as another administrator."),
    )
    expires_at = now() + timedelta(minutes=ACTING_MINUTES)
    token = jwt.encode(
        {
            "aud": "acting",
            "jti": secrets.token_urlsafe(16),
            "institution": principal.institution_id,
            "actor": principal.person_id,
            "person": person_id,
            "exp": int(expires_at.timestamp()),
        },
        signing_key("acting"),
        algorithm="HS256",
    )
    audit.record(
        action="acting.begin",
        actor=principal,
        target=f"person:{person_id}",
        details={"reason": without_person(reason, facts_of(target))},
    )
    return token, expires_at


@transaction.atomic
def stop_acting(*, principal: Principal, token: str) -> None:
    """Be oneself again: the token by which the principal acts is worthless from now on."""
    if principal.actor_id is not None:
        claims = jwt.decode(token, options={"verify_signature": False})  # the door has verified it
        _end(claims["jti"], now() + timedelta(minutes=ACTING_MINUTES))
        audit.record(action="acting.end", actor=principal, target=f"person:{principal.person_id}")
