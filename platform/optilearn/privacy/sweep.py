"""Columns that refer to people: found in the models, and compared with the rules."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import models

from optilearn.core.tenancy.models import TenantModel
from optilearn.people.models import Person
from optilearn.privacy.rules import NOT_PEOPLE, RULES

_NUMBERS: Final = (models.IntegerField, models.BigIntegerField, models.DecimalField)
_TEXTS: Final = (models.TextField, models.CharField)
_PERSON_WORDS: Final = re.compile(
    r"(^|_)(actor|assignee|author|child|children|creator|grader|learner|owner|parent|people"
    r"|person|persons|recipient|reviewer|sender|staff|student|students|teacher|user|users)"
    r"(_id|_ids|_by|s)?$|_by(_id)?$"
)
_ADDRESS_WORDS: Final = re.compile(r"(^|_)(address|addresses|e?mails?|phones?)$")


def tenant_models() -> dict[str, type[TenantModel]]:
    """The models of institutions' records, by table."""
    return {m._meta.db_table: m for m in apps.get_models() if issubclass(m, TenantModel)}


def suspects() -> Iterator[tuple[str, str]]:
    """Every (table, column) that refers to a person, or may do so.

    References are known for certain. Of plain columns those count that hold numbers and end
    in ``_id``, those whose name says a person, and texts whose name says an address.
    """
    for table, model in tenant_models().items():
        for column in model._meta.local_fields:
            if _is_suspect(table, column):
                yield table, str(column.column)


def without_rule() -> set[tuple[str, str]]:
    """The columns that need a rule and have none."""
    known = {(rule.table, rule.column) for rule in RULES}
    return {
        (table, column)
        for table, column in set(suspects()) - known
        if f"{table}.{column}" not in NOT_PEOPLE
    }


@cache
def person_columns() -> Mapping[str, frozenset[str]]:
    """The columns of each table that hold people's ids."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in RULES:
        found[rule.table].add(rule.column)
    return {table: frozenset(columns) for table, columns in found.items()}


def _is_suspect(table: str, column: models.Field[Any, Any]) -> bool:
    if isinstance(column, models.ForeignKey):
        return column.related_model is Person
    if column.primary_key:
        return False
    name = str(column.column)
    is_number = isinstance(column, _NUMBERS) and name.endswith("_id")
    is_address = isinstance(column, _TEXTS) and bool(_ADDRESS_WORDS.search(name))
    return is_number or is_address or bool(_PERSON_WORDS.search(name))
