"""An erased person is no recipient, and nobody's owner."""

from __future__ import annotations

from optilearn.analytics.models import OccurrenceRecipient, Schedule
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.privacy.test_people import erase
from tests.optilearn.schedules.support import MONDAY, run_at, scheduled
from tests.support.twins import Twin


def test_the_others_go_on_getting_it(twins: tuple[Twin, Twin]) -> None:
    north, south = twins
    for twin in twins:
        scheduled(twin, "lena", "tom", timing={"rule": "FREQ=DAILY"})
    run_at(north, MONDAY)
    assert erase(north, "asha", north.people["lena"].pk)[0] == 200
    for twin, left in ((north, ["tom"]), (south, ["lena", "tom"])):
        with tenant_context(twin.id):
            recipients = [one["id"] for one in Schedule.objects.get().recipients]
        assert recipients == [twin.people[name].pk for name in left]
    with tenant_context(north.id):
        people = OccurrenceRecipient.objects.values_list("person__code", flat=True)
        assert list(people) == ["tom"]
