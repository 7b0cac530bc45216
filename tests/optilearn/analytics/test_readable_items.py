"""Who may read an item: the condition of lists and the SQL of one item say the same."""

from __future__ import annotations

from itertools import product

from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.policies import readable_by
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.support.twins import PEOPLE, Twin


def is_readable(twin: Twin, person: str, item: int) -> bool:
    try:
        readable_item(twin.principal(person), item)
    except AppError:
        return False
    return True


def test_both_forms_of_the_rule_agree(twins: tuple[Twin, Twin]) -> None:
    north, south = twins
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["uma"].pk).update(status="INACTIVE")
        for kind, owner, published, (visibility, roles) in product(
            ("REPORT", "QUERY"),
            ("tom", "uma", "asha", None),
            (None, 1),
            (("PRIVATE", []), ("INSTITUTION", []), ("ROLE", ["TEACHER", "PARENT"])),
        ):
            SavedItem.objects.create(
                kind=kind,
                owner=north.people[owner] if owner else None,
                published_version=published,
                visibility=visibility,
                roles=roles,
                name="One",
                body={},
            )
        items = list(SavedItem.objects.values_list("pk", flat=True))
        seen = set()
        for person in PEOPLE:
            condition = readable_by(north.principal(person))
            listed = set(SavedItem.objects.filter(condition).values_list("pk", flat=True))
            assert listed == {pk for pk in items if is_readable(north, person, pk)}, person
            seen.add(frozenset(listed))
        assert len(seen) > 5  # people differ in what they may read
    with tenant_context(south.id):
        assert not any(is_readable(south, "asha", pk) for pk in items)
