"""Reads about erasures, and the export of a person's data."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from pydantic.alias_generators import to_camel

from optilearn.activity.xapi.rules import keys_of
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.audit import record
from optilearn.core.clock import now
from optilearn.core.personal_data import Rule
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.models import Delivery
from optilearn.people.directory import ERASED, own_data
from optilearn.people.models import Person
from optilearn.privacy.models import ErasedPerson
from optilearn.privacy.rules import RULES
from optilearn.privacy.sweep import person_columns, tenant_models

DATA_OFFICERS: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN})
"""Roles that answer for people's data."""

_INTERNAL: Final = frozenset({"institution_id", "search"})
_PLAIN: Final = (str, int, float, bool, Decimal, date, datetime, UUID, dict, list)


def erased_among(kind: str, crm_ids: Collection[str]) -> set[str]:
    """Those of OptiCRM's ids whose people were erased here."""
    by_digest = {digest: crm_id for crm_id in crm_ids for digest in digests_of(kind, crm_id)}
    found = ErasedPerson.objects.filter(kind=kind, digest__in=list(by_digest))
    return {by_digest[digest] for digest in found.values_list("digest", flat=True)}


def digests_of(kind: str, crm_id: str) -> list[str]:
    """By what an erased person is known again: by the newest key first, and by older ones."""
    text = f"{require_institution_id()}:{kind}:{crm_id}".encode()
    keys = [settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", [])]
    return [hmac.digest(f"erased:{key}".encode(), text, "sha256").hex() for key in keys]


def export_person(principal: Principal, person_id: int) -> dict[str, Any]:
    """Everything that refers to a person, each table by its rule; nothing of other people.

    For the person and for administrators; to others the person isn't there. Audited. Raises
    ``AppError``.
    """
    if person_id != principal.person_id and principal.role not in DATA_OFFICERS:
        raise not_found()
    refuse_unless(principal.scopes is None, _("API tokens can't do this."))
    own = own_data(person_id)
    if own is None or own["crm_id"].startswith(ERASED):
        raise not_found()
    values = values_of(person_id)
    tables = [_table(rule, values) for rule in RULES]
    record(action="person.export", actor=principal, target=f"person:{person_id}")
    return {
        "exportedAt": now(),
        "person": _exported(own),
        "tables": [table for table in tables if table["rows"]],
    }


def values_of(person_id: int) -> dict[str, Any]:
    """Return the parameters of the rules' SQL: the person's id and xAPI identifiers.

    The identifiers include former addresses of the person that messages were sent to.
    """
    institution = institution_by_id(require_institution_id())
    sent = Delivery.objects.filter(person_id=person_id, channel="EMAIL")
    addresses = {
        *Person.objects.filter(pk=person_id).values_list("email", flat=True),
        *sent.order_by().values_list("address", flat=True).distinct(),
    }
    return {
        "institution": institution.id,
        "person": person_id,
        "keys": sorted(keys_of(institution.slug, person_id, addresses)),
    }


def _table(rule: Rule, values: Mapping[str, Any]) -> dict[str, Any]:
    person_id = values["person"]
    theirs = {"pk__in": _ids(rule, values)} if rule.where else {rule.column: person_id}
    rows = tenant_models()[rule.table].objects.filter(**theirs).order_by("id")
    others = person_columns()[rule.table] - {rule.column}
    hidden = _INTERNAL.union(rule.hidden)
    return {
        "table": rule.table,
        "column": to_camel(rule.column),
        "rule": rule.treatment.value,
        "reason": rule.reason,
        "rows": [
            _exported(_readable(_own(row, others, person_id), rule.content), hidden)
            for row in rows.values(*rule.shown)
        ],
    }


def _ids(rule: Rule, values: Mapping[str, Any]) -> list[int]:
    theirs = f"FROM {rule.table} WHERE institution_id = %(institution)s AND {rule.theirs}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id {theirs}", values)
        return [row[0] for row in cursor.fetchall()]


def _own(row: dict[str, Any], others: Collection[str], person_id: int) -> dict[str, Any]:
    """The row without the ids of other people."""
    return {k: v for k, v in row.items() if k not in others or v is None or v == person_id}


def _readable(row: dict[str, Any], content: str) -> dict[str, Any]:
    """The row with the bytes of its content as text, or in Base64 where they are none."""
    if content not in row:
        return row
    raw = bytes(row[content])
    try:
        return row | {content: raw.decode()}
    except UnicodeDecodeError:
        return row | {content: b64encode(raw).decode()}


def _exported(row: dict[str, Any], hidden: Collection[str] = _INTERNAL) -> dict[str, Any]:
    return dict(_values(row, hidden))


def _values(row: dict[str, Any], hidden: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Names as on the wire; hashes and what only PostgreSQL reads are left out."""
    for name, value in row.items():
        if name in hidden or isinstance(value, bytes | memoryview):
            continue
        yield to_camel(name), value if value is None or isinstance(value, _PLAIN) else str(value)
