"""Unsubscribe by the link in an e-mail: its signature is enough, without sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction

from optilearn.core import audit
from optilearn.core.clock import now
from optilearn.core.sql import compose
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications import links
from optilearn.notifications.categories import LABELS
from optilearn.notifications.definitions import Category, Channel, Definition, Label
from optilearn.notifications.models import Preference
from optilearn.notifications.preferences.services import lock_preferences
from optilearn.notifications.registry import REGISTRY, definition_of
from optilearn.notifications.registry.digest import DIGEST
from optilearn.people.rules import PEOPLE

_PERSON: Final = compose(
    """
SELECT p.locale, p.role,
       EXISTS (SELECT FROM notifications_preference f
                WHERE f.person_id = p.id AND f.key = %s
                  AND (f.email IS FALSE OR f.frequency = 'NEVER'))
  FROM <people> WHERE p.id = %s
""",
    people=PEOPLE.aliased("p"),
)


@dataclass(frozen=True)
class Subscription:
    """The subscription that an unsubscribe link is about."""

    institution_id: int
    institution_name: str
    person_id: int
    locale: str
    """The reader's; empty if they never chose."""
    definition: Definition
    is_off: bool
    """True if e-mails of this key are off already."""
    siblings: tuple[Definition, ...]
    """Other keys of its category that are sent by e-mail and can be turned off."""

    @property
    def category(self) -> Category:
        """The group it belongs to."""
        return self.definition.category

    @property
    def category_label(self) -> Label:
        """The group's name."""
        return LABELS[self.category]


def subscription_of(token: str) -> Subscription | None:
    """Return the subscription of a token; None if it isn't ours, or the person is gone."""
    said = links.verified(links.UNSUBSCRIBE, token)
    if said is None or said.name not in {*REGISTRY, DIGEST.key}:
        return None
    try:
        institution = institution_by_id(said.institution_id)
    except ObjectDoesNotExist:
        return None
    with tenant_context(institution.id):
        person = _person(said.subject_id, said.name)
    if person is None:
        return None
    locale, role, is_off = person
    definition = definition_of(said.name)
    return Subscription(
        institution_id=institution.id,
        institution_name=institution.name,
        person_id=said.subject_id,
        locale=locale,
        definition=definition,
        is_off=is_off,
        siblings=_siblings(definition, role),
    )


def _person(person_id: int, key: str) -> tuple[str, str, bool] | None:
    """Return language, role, and True if e-mails of this key are off; inactive people included."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PERSON, [key, person_id])
        found: tuple[str, str, bool] | None = cursor.fetchone()
    return found


def _siblings(definition: Definition, role: str) -> tuple[Definition, ...]:
    if definition is DIGEST:  # it gathers all categories
        return ()
    return tuple(
        other
        for other in REGISTRY.values()
        if other.category is definition.category
        and other is not definition
        and other.can_disable
        and Channel.EMAIL in other.channels
        and role in other.available_to
    )


def unsubscribe(subscription: Subscription, *, whole_category: bool = False) -> None:
    """Turn e-mails of this key off, or of all its category. Idempotent.

    Locked keys stay on.
    """
    wanted = [subscription.definition, *(subscription.siblings if whole_category else ())]
    _set(subscription, [one.key for one in wanted if one.can_disable], email=False)


def subscribe_again(subscription: Subscription) -> None:
    """Reset e-mails of this key to the default; a frequency of NEVER becomes IMMEDIATE."""
    _set(subscription, [subscription.definition.key], email=None)


_COMES_AGAIN: Final = """
UPDATE notifications_preference SET frequency = ''
 WHERE person_id = %s AND key = ANY(%s) AND frequency = 'NEVER'
"""


def _set(subscription: Subscription, keys: list[str], *, email: bool | None) -> None:
    if not keys:
        return
    with tenant_context(subscription.institution_id), transaction.atomic():
        lock_preferences(subscription.person_id)
        Preference.objects.bulk_create(
            [
                Preference(person_id=subscription.person_id, key=key, email=email, updated_at=now())
                for key in keys
            ],
            update_conflicts=True,
            unique_fields=["institution", "person", "key"],
            update_fields=["email", "updated_at"],
        )
        if email is not False:
            with connection.cursor() as cursor:
                cursor.execute(_COMES_AGAIN, [subscription.person_id, keys])
        audit.record(
            action="notifications.unsubscribed" if email is False else "notifications.resubscribed",
            target=f"person:{subscription.person_id}",
            details={"keys": keys},
        )
