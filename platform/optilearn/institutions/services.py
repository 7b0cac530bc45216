"""Writes about institutions."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic.alias_generators import to_camel

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.events import CalendarChanged
from optilearn.institutions.models import (
    LEAST_PERTURBED,
    AttributeDefinition,
    Holiday,
    Institution,
    Term,
)
from optilearn.institutions.options import max_school_bytes
from optilearn.institutions.selectors import forget_known

_CALENDAR: Final = frozenset({"terms", "holidays", "time_zone"})
"""The facts by which the times of schedules are worked out."""
_KEY: Final = re.compile(r"[a-z][A-Za-z0-9]{0,62}")


@dataclass(frozen=True)
class InstitutionFacts:
    """The facts of an institution beside its slug. ``time_zone`` is an IANA name."""

    name: str
    time_zone: str
    locale: str = "en"
    first_weekday: int = 1


def ensure_institution(*, slug: str, facts: InstitutionFacts) -> Institution:
    """The institution of that slug with these facts, made if it isn't there.

    Raises ``ValueError`` for a time zone that doesn't exist.
    """
    if not _is_zone(facts.time_zone):
        raise ValueError(f"{facts.time_zone!r} is not a time zone.")
    values = {
        "name": facts.name,
        "time_zone": facts.time_zone,
        "locale": facts.locale,
        "first_weekday": facts.first_weekday,
    }
    institution, _created = Institution.objects.update_or_create(
        slug=slug, defaults=values, create_defaults=values | {"crm_id": slug}
    )
    return institution


def remember(*, key: str, value: Any) -> None:
    """Keep a setting of the institution in force."""
    institution = Institution.objects.select_for_update().get(pk=require_institution_id())
    institution.settings = institution.settings | {key: value}
    institution.save(update_fields=["settings"])


@transaction.atomic
def change_setting(*, key: str, change: Callable[[Any], Any]) -> None:
    """Make a setting of the institution in force of what it is (None: not set).

    Nobody else changes it meanwhile.
    """
    institution = Institution.objects.select_for_update().get(pk=require_institution_id())
    found = change(institution.settings.get(key))
    institution.settings = institution.settings | {key: found}
    institution.save(update_fields=["settings"])
    transaction.on_commit(forget_known)


@transaction.atomic
def update_institution(*, principal: Principal, values: Mapping[str, Any]) -> None:
    """Set what ``values`` names of the principal's institution.

    Raises ``AppError``: FORBIDDEN; VALIDATION_ERROR for a zone that doesn't exist, for noise
    without a minimum group size, and for terms that overlap; CONFLICT for a term that is left out
    while courses are in it.
    """
    require(principal, ADMINS)
    institution = Institution.objects.select_for_update().get(pk=principal.institution_id)
    wanted = dict(values)
    if not _is_zone(wanted.get("time_zone", institution.time_zone)):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("There is no such time zone. Write it like Asia/Kolkata."),
            [{"path": "/timeZone", "code": "unknown"}],
        )
    fee_gate = wanted.pop("fee_gate", None)
    if fee_gate is not None:
        institution.settings = institution.settings | {"feeGate": fee_gate}
    if (space := wanted.pop("quotas", None)) is not None:
        institution.settings = institution.settings | {
            "quotas": _changed_quotas(institution.settings, space)
        }
    if (percent := wanted.pop("attendance_percent", None)) is not None:
        institution.settings = institution.settings | {"attendancePercent": percent}
    if (holidays := wanted.pop("holidays", None)) is not None:
        Holiday.objects.all().delete()
        Holiday.objects.bulk_create(Holiday(**holiday) for holiday in holidays)
    if (terms := wanted.pop("terms", None)) is not None:
        _set_terms(terms)
    for name, value in wanted.items():
        setattr(institution, name, value)
    _check_perturbation(institution)
    institution.save()
    transaction.on_commit(forget_known)
    if _CALENDAR & values.keys():
        publish(CalendarChanged())
    audit.record(
        action="institution.update",
        actor=principal,
        target=institution.slug,
        details={"fields": sorted(values)},
    )


@dataclass(frozen=True)
class AttributeFacts:
    """A custom attribute: the entity that has it, its key, its type and its label."""

    entity: str
    key: str
    type: str
    label: str


@transaction.atomic
def define_attribute(*, principal: Principal, facts: AttributeFacts) -> int:
    """Add a custom attribute, which reports have from the next snapshot on; return its id.

    Raises ``AppError``: FORBIDDEN, VALIDATION_ERROR for a key that isn't one, CONFLICT for one
    that is there already.
    """
    require(principal, ADMINS)
    if not _KEY.fullmatch(facts.key):
        message = _("Begin with a small letter; then letters and digits, at most 63.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [{"path": "/key", "message": message}])
    found, is_new = AttributeDefinition.objects.get_or_create(
        entity=AttributeDefinition.Entity(facts.entity),
        key=facts.key,
        defaults={"type": AttributeDefinition.Type(facts.type), "label": facts.label},
    )
    if not is_new:
        message = _("There is an attribute with this key.")
        raise AppError(ErrorCode.CONFLICT, message, [{"path": "/key", "message": message}])
    _note_attribute(principal, "attribute.define", found)
    return found.pk


@transaction.atomic
def relabel_attribute(*, principal: Principal, attribute_id: int, label: str) -> None:
    """Change an attribute's label; its key and type stay, as reports name them.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    require(principal, ADMINS)
    found = AttributeDefinition.objects.select_for_update().filter(pk=attribute_id).first()
    if found is None:
        raise not_found()
    found.label = label
    found.save(update_fields=["label"])
    _note_attribute(principal, "attribute.relabel", found)


def _note_attribute(principal: Principal, action: str, found: AttributeDefinition) -> None:
    audit.record(action=action, actor=principal, target=f"attribute:{found.entity}.{found.key}")


def _check_perturbation(institution: Institution) -> None:
    """The noise of a number is smaller than half of the fewest people that one is about."""
    if not institution.perturbs_numbers:
        return
    if institution.min_group_size < LEAST_PERTURBED:
        message = _("Noise needs a minimum group size of {count} or more.")
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            message.format(count=LEAST_PERTURBED),
            [{"path": "/minGroupSize", "code": "too_small"}],
        )
    if institution.perturbation_key is None:
        institution.perturbation_key = secrets.randbits(63)


def _changed_quotas(settings: Mapping[str, Any], wanted: Mapping[str, int | None]) -> Any:
    """Return the changed quotas. Raises ``AppError`` VALIDATION_ERROR above the maximum."""
    maximum = max_school_bytes()
    if (wanted.get("school_bytes") or 0) > maximum:
        message = _("The files of a school may take at most %(most)d bytes.")
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            message % {"most": maximum},
            [{"path": "/quotas/schoolBytes", "code": "too_large", "most": maximum}],
        )
    changed = dict(settings.get("quotas") or {}) | {to_camel(n): v for n, v in wanted.items()}
    return {name: value for name, value in changed.items() if value is not None}


def _set_terms(terms: Sequence[Mapping[str, Any]]) -> None:
    """Make the terms what was sent: by their codes changed, added, or deleted."""
    known = {term.code: term for term in Term.objects.select_for_update().order_by("id")}
    _check_terms(terms, known)
    try:
        Term.objects.exclude(code__in=[one["code"] for one in terms]).delete()
    except ProtectedError as error:
        inside = len(error.protected_objects)
        text = ngettext(
            "%(n)s course is in a term that you left out. Move it to another term first.",
            "%(n)s courses are in terms that you left out. Move them to other terms first.",
            inside,
        )
        message = text % {"n": inside}
        details = [{"path": "/terms", "code": "in_use", "message": message}]
        raise AppError(ErrorCode.CONFLICT, message, details) from error
    for one in terms:
        term = known.get(one["code"], Term(code=one["code"]))
        for name, value in one.items():
            setattr(term, name, value)
        term.save()


def _check_terms(terms: Sequence[Mapping[str, Any]], known: Mapping[str, Term]) -> None:
    """Raise ``AppError`` VALIDATION_ERROR for a code that comes twice, and for overlapping terms.

    Terms that overlapped before may go on so, as long as their days stay: universities have such.
    """
    places = {one["code"]: number for number, one in enumerate(terms)}
    in_order = sorted(terms, key=lambda one: (one["starts_on"], one["ends_on"]))
    for number, one in enumerate(terms):
        if places[one["code"]] != number:
            _refuse_term(number, _("Two terms have the code “%(code)s”.") % one)
    for earlier, later in combinations(in_order, 2):
        is_new = not (_stays(earlier, known) and _stays(later, known))
        if is_new and later["starts_on"] <= earlier["ends_on"]:
            names = {"one": _name_of(earlier), "other": _name_of(later)}
            message = _("“%(one)s” and “%(other)s” overlap. A day is in one term at most.")
            _refuse_term(places[later["code"]], message % names, "startsOn")


def _refuse_term(number: int, message: str, field: str = "code") -> NoReturn:
    details = [{"path": f"/terms/{number}/{field}", "message": message}]
    raise AppError(ErrorCode.VALIDATION_ERROR, message, details)


def _stays(one: Mapping[str, Any], known: Mapping[str, Term]) -> bool:
    """Return True if a term is there already, on the same days."""
    term = known.get(one["code"])
    return term is not None and (term.starts_on, term.ends_on) == (one["starts_on"], one["ends_on"])


def _name_of(one: Mapping[str, Any]) -> str:
    return str(one["name"] or one["code"])


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
