"""Erasing a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from optilearn.core.access.policies import not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.audit import record
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.personal_data import Rule, Treatment
from optilearn.core.queue import enqueue
from optilearn.core.redacting import without_person
from optilearn.core.text import code_of
from optilearn.crm.services import forget_person
from optilearn.notifications.services import lock_messages_of
from optilearn.people.directory import ERASED, PersonState, anonymize, lock_person, own_data
from optilearn.people.events import Erasing
from optilearn.privacy.models import ErasedPerson
from optilearn.privacy.rewriting import REWRITE_TASK
from optilearn.privacy.rules import RULES
from optilearn.privacy.selectors import DATA_OFFICERS, digests_of, values_of

_MAX_TRIES: Final = 4


@dataclass(frozen=True)
class Applied:
    """The result of a rule: the number of rows that were deleted, overwritten, or retained."""

    rule: Rule
    rows: int

    def to_wire(self) -> dict[str, Any]:
        """Return the fields for the API."""
        return {
            "table": self.rule.table,
            "rule": self.rule.treatment.value,
            "reason": self.rule.reason,
            "rows": self.rows,
        }


def erase_person(
    *, principal: Principal, person_id: int, reason: str, confirm: str
) -> list[Applied]:
    """Erase a person: every rule of ``privacy.rules``, and the person's own row anonymized.

    ``confirm`` is the person's code, typed again. It can't be undone: neither OptiCRM's
    directory nor a token brings the person back, and kept snapshots are rewritten after the
    commit. Workers lock the person's rows in other orders, so one of them may be in the way:
    then it is tried again. Raises ``AppError``.
    """
    for _again in range(_MAX_TRIES - 1):
        try:
            return _erase(principal, person_id, reason, confirm)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return _erase(principal, person_id, reason, confirm)


@transaction.atomic
def _erase(principal: Principal, person_id: int, reason: str, confirm: str) -> list[Applied]:
    require(principal, DATA_OFFICERS)
    refuse_unless(
        principal.scopes is None and principal.actor_id is None,
        _("Only a signed-in administrator can do this."),
    )
    # Before the person: a worker that writes the rows of a message has the message first.
    lock_messages_of(person_id)
    person = lock_person(person_id)
    if person is None:
        raise not_found()
    _check(principal, person, confirm)
    known = own_data(person_id) or {}
    facts = [str(known.get(name, "")) for name in ("name", "code", "email", "crm_id")]
    publish(Erasing(person_id))
    applied = _applied(person_id)
    ErasedPerson.objects.create(
        person_id=person_id, kind=person.kind, digest=digests_of(person.kind, person.crm_id)[0]
    )
    anonymize(person_id)
    record(
        action="person.erase",
        actor=principal,
        target=f"person:{person_id}",
        details={"reason": without_person(reason, facts), "rows": _counted(applied)},
    )
    transaction.on_commit(lambda: forget_person(kind=person.kind, crm_id=person.crm_id))
    enqueue(REWRITE_TASK)
    return applied


def _check(principal: Principal, person: PersonState, confirm: str) -> None:
    if person.crm_id.startswith(ERASED):
        raise AppError(ErrorCode.CONFLICT, _("This person has already been erased."))
    if person.id == principal.person_id:
        raise AppError(
            ErrorCode.CONFLICT, _("You can't erase yourself. Ask another administrator.")
        )
    if person.role == Role.SUPER_ADMIN.value:
        refuse_unless(principal.role is Role.SUPER_ADMIN)
    if code_of(confirm) != person.code:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The code doesn't match. Type the code shown on the person's page."),
            [{"path": "/confirm", "code": "WRONG_CODE"}],
        )


def _applied(person_id: int) -> list[Applied]:
    values = values_of(person_id)  # before a rule takes away what they are found by
    return [_apply(rule, values) for rule in RULES]


def _apply(rule: Rule, values: Mapping[str, Any]) -> Applied:
    theirs = f"WHERE institution_id = %(institution)s AND {rule.theirs}"
    mine = f"FROM {rule.table} {theirs}"
    statement = {
        Treatment.CASCADE: f"DELETE {mine}",
        Treatment.RETAIN: f"SELECT count(*) {mine}",
        Treatment.ANONYMISE: f"UPDATE {rule.table} SET {_values(rule)} {theirs}",  # noqa: S608  (our own names)
    }[rule.treatment]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if rule.treatment is Treatment.RETAIN:
            return Applied(rule, int(cursor.fetchone()[0]))
        return Applied(rule, int(cursor.rowcount))


def _values(rule: Rule) -> str:
    return ", ".join(f"{column} = {sql}" for column, sql in rule.sets.items())


def _counted(applied: Sequence[Applied]) -> dict[str, int]:
    """Rows by column; some columns have several rules."""
    rows: Counter[str] = Counter()
    for one in applied:
        rows[f"{one.rule.table}.{one.rule.column}"] += one.rows
    return dict(rows)
