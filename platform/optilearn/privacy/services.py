"""Erasing a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from optilearn.core.access.policies import not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.audit import record
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.queue import enqueue
from optilearn.core.tenancy.context import require_institution_id
from optilearn.crm.services import forget_person
from optilearn.people.directory import ERASED, Standing, anonymise, lock_person
from optilearn.privacy.models import ErasedPerson
from optilearn.privacy.rewriting import REWRITE_TASK
from optilearn.privacy.rules import RULES, Rule, Treatment
from optilearn.privacy.selectors import KEEPERS, digests_of

LEAST_REASON: Final = 3


@dataclass(frozen=True)
class Applied:
    """What a rule did: so many rows were deleted, overwritten, or left as they were."""

    rule: Rule
    rows: int

    def to_wire(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "table": self.rule.table,
            "rule": self.rule.treatment.value,
            "reason": self.rule.reason,
            "rows": self.rows,
        }


@transaction.atomic
def erase_person(
    *, principal: Principal, person_id: int, reason: str, confirm: str
) -> list[Applied]:
    """Erase a person: every rule of ``privacy.rules``, and the person's own row anonymised.

    ``confirm`` is the person's code, typed again. It can't be undone: neither OptiCRM's
    directory nor a token brings the person back, and kept snapshots are rewritten after the
    commit. Raises ``AppError``.
    """
    require(principal, KEEPERS)
    refuse_unless(
        principal.scopes is None and principal.actor_id is None,
        _("Only an administrator in person can do this."),
    )
    person = lock_person(person_id)
    if person is None:
        raise not_found()
    _check(principal, person, confirm)
    applied = [_apply(rule, person_id) for rule in RULES]
    ErasedPerson.objects.create(
        person_id=person_id, kind=person.kind, digest=digests_of(person.kind, person.crm_id)[0]
    )
    anonymise(person_id)
    record(
        action="person.erase",
        actor=principal,
        target=f"person:{person_id}",
        details={"reason": reason, "rows": {_name(a.rule): a.rows for a in applied}},
    )
    transaction.on_commit(lambda: forget_person(kind=person.kind, crm_id=person.crm_id))
    enqueue(REWRITE_TASK)
    return applied


def _check(principal: Principal, person: Standing, confirm: str) -> None:
    if person.crm_id.startswith(ERASED):
        raise AppError(ErrorCode.CONFLICT, _("This person was erased already."))
    if person.id == principal.person_id:
        raise AppError(ErrorCode.CONFLICT, _("Nobody can erase themselves. Ask a colleague."))
    if person.role == Role.SUPER_ADMIN.value:
        refuse_unless(principal.role is Role.SUPER_ADMIN)
    if confirm.strip() != person.code:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The code isn't this person's. Please type it as their page shows it."),
            [{"path": "/confirm", "code": "WRONG_CODE"}],
        )


def _apply(rule: Rule, person_id: int) -> Applied:
    mine = f"FROM {rule.table} WHERE institution_id = %s AND {rule.column} = %s"
    statement = {
        Treatment.CASCADE: f"DELETE {mine}",
        Treatment.RETAIN: f"SELECT count(*) {mine}",
        Treatment.ANONYMISE: _update(rule),
    }[rule.treatment]
    with connection.cursor() as cursor:
        cursor.execute(statement, [require_institution_id(), person_id])
        if rule.treatment is Treatment.RETAIN:
            return Applied(rule, int(cursor.fetchone()[0]))
        return Applied(rule, int(cursor.rowcount))


def _update(rule: Rule) -> str:
    values = ", ".join(f"{column} = {sql}" for column, sql in rule.sets.items())
    return f"UPDATE {rule.table} SET {values} WHERE institution_id = %s AND {rule.column} = %s"  # noqa: S608  (our own names)


def _name(rule: Rule) -> str:
    return f"{rule.table}.{rule.column}"
