"""Schedules whose owner, calendar, recipients or files change between two runs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from optilearn.analytics.models import Occurrence, OccurrenceFile, OccurrenceRecipient, Schedule
from optilearn.analytics.schedules import files, running, services
from optilearn.analytics.schedules.leases import claim_next
from optilearn.analytics.schedules.planning import plan_due, replan
from optilearn.analytics.schedules.retention import purge, withdraw_deliveries
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from optilearn.institutions.models import Holiday, Institution, Term
from optilearn.people.models import Person
from tests.optilearn.more_snapshots import another
from tests.optilearn.privacy.test_people import erase
from tests.optilearn.schedules.support import (
    MONDAY,
    at,
    run_at,
    scheduled,
    sent,
    table,
    wanted,
)
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
DAY = timedelta(days=1)


def test_a_holiday_that_is_entered_after_the_next_run_was_worked_out(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha", timing={"rule": "FREQ=DAILY", "skips_holidays": True})
    snow = MONDAY.date()
    with tenant_context(north.id):
        Holiday.objects.create(name="Snow", starts_on=snow, ends_on=snow)
    assert run_at(north, MONDAY) == []
    (run,) = run_at(north, MONDAY + DAY)
    assert run.due_at == MONDAY + DAY


def test_a_schedule_waits_for_the_next_term_to_be_entered(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Term.objects.create(code="X", starts_on=MONDAY.date(), ends_on=MONDAY.date())
    scheduled(north, "asha", timing={"only_in_terms": True})
    assert len(run_at(north, MONDAY)) == 1
    with tenant_context(north.id):
        schedule = Schedule.objects.get()
        assert (schedule.status, schedule.next_at) == ("ACTIVE", None)
        Term.objects.create(code="Y", starts_on=date(2027, 1, 11), ends_on=date(2027, 4, 2))
    with at(north, MONDAY + DAY):
        assert (replan(), replan()) == (1, 0)
        assert Schedule.objects.get().next_at == MONDAY.replace(year=2027, month=1, day=11)


def test_another_zone_of_the_school_is_that_of_the_next_run(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha")
    Institution.objects.filter(pk=north.id).update(time_zone="Asia/Kolkata")
    with at(north, MONDAY - DAY):
        replan()
        assert Schedule.objects.get().next_at == MONDAY.replace(hour=2, minute=30)


@pytest.mark.parametrize("role", ["TEACHER", "STUDENT"])
def test_who_may_not_send_to_others_any_more_sends_nothing(twins: Twins, role: str) -> None:
    north, _ = twins
    schedule = scheduled(north, "tom", owner="anil")
    with tenant_context(north.id):
        Person.objects.filter(code="anil").update(role=role)
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.reason, sent(north)) == ("SKIPPED", "NOT_ALLOWED", [])
    north.people["anil"].role = role
    with at(north, MONDAY), pytest.raises(AppError):
        services.run_now(principal=north.principal("anil"), schedule_id=schedule.pk)


def test_the_files_of_a_deleted_schedule_are_removed(twins: Twins) -> None:
    north, _ = twins
    schedule = scheduled(north, "asha", "tom")
    run_at(north, MONDAY)
    with tenant_context(north.id):
        kept = list(File.objects.values_list("pk", flat=True))
        services.delete_schedule(principal=north.principal("asha"), schedule_id=schedule.pk)
        withdraw_deliveries()
        purge()
        sweep_orphans()
        assert kept
        assert not File.objects.filter(pk__in=kept).exists()


def test_who_was_sent_a_report_again_can_be_erased(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha", "lena")
    run_at(north, MONDAY)
    with at(north, MONDAY + timedelta(hours=1)):
        delivery = OccurrenceRecipient.objects.get(person__code="lena")
        services.send_again(principal=north.principal("asha"), delivery_id=delivery.pk)
    assert erase(north, "asha", north.people["lena"].pk)[0] == 200
    *_, again = run_at(north, MONDAY + timedelta(hours=2))
    assert (again.kind, again.status, again.reason) == ("AGAIN", "SKIPPED", "NO_RECIPIENTS")
    assert [m["to"] for m in sent(north)] == [[north.people["asha"].pk]]
    with tenant_context(north.id):
        assert not Occurrence.objects.filter(only_person_id=north.people["lena"].pk).exists()


def test_files_that_are_taken_back_while_it_runs_are_made_anew(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An erasure between computing and sending: nothing of before is sent, and nothing is lost."""
    north, _ = twins
    scheduled(north, "asha", "tom")
    real = running.make_files

    def taken_back(work: Any, people: Any) -> Any:
        rows = real(work, people)
        withdraw_deliveries()
        return rows

    with monkeypatch.context() as patched:
        patched.setattr(running, "make_files", taken_back)
        patched.setattr(running, "run_due", lambda: None)
        with at(north, MONDAY):
            plan_due()
            found = claim_next()
            assert found is not None
            running.run(found)
    assert sent(north) == []
    (run,) = run_at(north, MONDAY + timedelta(minutes=1))
    assert (run.status, run.counts["files"], len(sent(north))) == ("DONE", 2, 2)


def test_all_recipients_of_an_occurrence_get_the_same_version(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    schedule = scheduled(north, "asha", "tom", "lena")
    real, left = files.render_files, [2]

    def killed(*args: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(files, "render_files", killed)
        with pytest.raises(KeyboardInterrupt):
            run_at(north, MONDAY)
    with tenant_context(north.id):
        item = schedule.item
        item.body["definition"]["dimensions"] = ["course.code"]
        item.version += 1
        item.save()
    (run,) = run_at(north, MONDAY + timedelta(minutes=11))
    assert run.status == "DONE"
    with tenant_context(north.id):
        widths = {len(table(north, file)[0]) for file in OccurrenceFile.objects.all()}
    assert widths == {2}


def test_who_is_removed_while_it_runs_gets_nothing(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    schedule = scheduled(north, "asha", "tom")
    real = running.deliver

    def removed(work: Any, people: Any) -> None:
        left = [{"kind": "PERSON", "id": north.people["asha"].pk}]
        Schedule.objects.filter(pk=schedule.pk).update(recipients=left)
        real(work, people)

    monkeypatch.setattr(running, "deliver", removed)
    (run,) = run_at(north, MONDAY)
    assert (run.counts["sent"], run.counts["skipped"]) == (1, 1)


def test_a_change_does_not_shorten_the_hours_between_two_snapshots(twins: Twins) -> None:
    north, _ = twins
    timing = {"trigger": "SNAPSHOT", "rule": "", "min_hours": 48}
    schedule = scheduled(north, "asha", timing=timing)
    another(north, "second", ("DELETE FROM submissions",))
    assert len(run_at(north, MONDAY)) == 1
    with at(north, MONDAY + timedelta(hours=1)):
        change = wanted(north, "asha", item=schedule.item_id, timing=timing) | {"version": 1}
        services.update_schedule(
            principal=north.principal("asha"), schedule_id=schedule.pk, wanted=change
        )
    another(north, "third", ("DELETE FROM submissions",))
    assert len(run_at(north, MONDAY + timedelta(hours=2))) == 1
