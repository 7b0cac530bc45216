"""Runs of schedules: everybody gets their own rows, once, whatever is killed in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from optilearn.analytics.models import (
    Occurrence,
    OccurrenceFile,
    OccurrenceRecipient,
    Schedule,
    Snapshot,
)
from optilearn.analytics.saved.boards.copying import copy_preset
from optilearn.analytics.saved.services import publish_item
from optilearn.analytics.schedules import delivering, files, running, services
from optilearn.analytics.schedules.planning import plan_due
from optilearn.analytics.schedules.retention import purge, withdraw_deliveries
from optilearn.core.clock import frozen
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from optilearn.files.services import read_stored, sweep_orphans
from optilearn.people.models import Person
from tests.optilearn.schedules.support import (
    MONDAY,
    at,
    run_at,
    saved_report,
    scheduled,
    sent,
    table,
)
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
WEEK = timedelta(weeks=1)


def test_each_recipient_gets_the_rows_of_their_own_scope(twins: Twins) -> None:
    north, south = twins
    scheduled(north, "asha", "anil", "tom", "uma", "lena")
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.reason) == ("DONE", "")
    counts = {"recipients": 5, "scopes": 4, "files": 4, "sent": 5, "skipped": 0}
    assert run.counts == counts | {"rows": 2 + 2 + 2 + 0 + 1, "attached": 1}
    found = {}
    with tenant_context(north.id):
        rows = OccurrenceRecipient.objects.select_related("person")
        groups = {row.person.code: row.group for row in rows}
        made = {file.group: file for file in OccurrenceFile.objects.all()}
    for name, group in groups.items():
        found[name] = sorted(row[0] for row in table(north, made[group]))
    everybody = ["lena", "मीरा"]
    assert found == {
        "asha": everybody, "anil": everybody, "tom": everybody, "uma": [], "lena": ["lena"]
    }  # fmt: skip
    assert groups["asha"] == groups["anil"]
    messages = sent(north)
    assert [m["to"] for m in messages] == [
        [north.people[p].pk] for p in ("asha", "anil", "tom", "uma", "lena")
    ]
    assert all(len(m["attachments"]) == 1 for m in messages)
    assert sent(south) == []


def test_it_runs_once_for_each_instance_and_once_for_all_that_were_missed(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha")
    for _again in range(2):
        assert len(run_at(north, MONDAY)) == 1
    assert len(run_at(north, MONDAY + timedelta(days=6))) == 1
    runs = run_at(north, MONDAY + 4 * WEEK + timedelta(hours=3))
    assert [(r.due_at, r.missed, r.status) for r in runs] == [
        (MONDAY, 0, "DONE"), (MONDAY + 4 * WEEK, 3, "DONE"),
    ]  # fmt: skip
    with tenant_context(north.id):
        assert Schedule.objects.get().next_at == MONDAY + 5 * WEEK
    assert len(sent(north)) == 2


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (files, "render_files"), (files, "_store"), (files, "_link"),
        (running, "deliver"), (delivering, "mark_once"), (delivering, "send_each"),
        (running.endings, "finish"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_after", [False, True])
def test_a_run_that_is_killed_ends_as_if_nothing_had_happened(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, is_after: bool
) -> None:
    """Killed before or after each step, and claimed again when the lease is over."""
    north, _ = twins
    scheduled(north, "asha", "tom", "lena")
    real, left = getattr(module, name), [2 if name in {"render_files", "_store", "_link"} else 1]

    def killed(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not is_after:
            raise KeyboardInterrupt
        done = real(*args, **kwargs)
        if left[0] == 0:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(module, name, killed)
    with pytest.raises(KeyboardInterrupt):
        run_at(north, MONDAY)
    with tenant_context(north.id):
        is_over = Occurrence.objects.get().status == "DONE"
    run_at(north, MONDAY + timedelta(minutes=1))  # the lease still holds
    (run,) = run_at(north, MONDAY + timedelta(minutes=11))
    assert (run.status, run.counts["sent"], run.counts["files"]) == ("DONE", 3, 3)
    assert run.attempts == (1 if is_over else 2)
    assert sorted(m["to"] for m in sent(north)) == sorted(
        [north.people[p].pk] for p in ("asha", "tom", "lena")
    )


def test_an_attempt_that_lost_its_lease_writes_nothing(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    scheduled(north, "asha")
    real = running.deliver

    def slow(*args: Any) -> None:
        monkeypatch.setattr(running, "deliver", real)
        with frozen(MONDAY + timedelta(minutes=11)):
            running.run_due()  # another daemon takes it over, and ends it
        real(*args)

    monkeypatch.setattr(running, "deliver", slow)
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.attempts) == ("DONE", 2)
    assert len(sent(north)) == 1


def test_after_a_restored_backup_it_is_not_sent_again(twins: Twins) -> None:
    north, _ = twins
    schedule = scheduled(north, "asha")
    run_at(north, MONDAY)
    with tenant_context(north.id):  # the rows as they were on Sunday
        Occurrence.objects.all().delete()
        Schedule.objects.update(next_at=MONDAY, last_run_at=None)
    (run,) = run_at(north, MONDAY + timedelta(hours=2))
    assert (run.status, run.reason) == ("SKIPPED", "ALREADY_SENT")
    assert len(sent(north)) == 1
    assert schedule.uid is not None


def test_who_left_or_changed_between_computing_and_sending_gets_nothing(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    scheduled(north, "asha", "anil", "tom")
    real = running.deliver

    def later(*args: Any) -> None:
        Person.objects.filter(code="anil").update(status="INACTIVE")
        Person.objects.filter(code="tom").update(role="LIBRARIAN")
        real(*args)

    monkeypatch.setattr(running, "deliver", later)
    (run,) = run_at(north, MONDAY)
    assert (run.counts["sent"], run.counts["skipped"]) == (1, 2)
    with tenant_context(north.id):
        rows = OccurrenceRecipient.objects.order_by("person__code")
        assert [(r.person.code, r.status, r.reason) for r in rows.select_related("person")] == [
            ("anil", "SKIPPED", "ACCESS_CHANGED"), ("asha", "SENT", ""),
            ("tom", "SKIPPED", "ACCESS_CHANGED"),
        ]  # fmt: skip
    assert [m["to"] for m in sent(north)] == [[north.people["asha"].pk]]


@pytest.mark.parametrize(
    ("on_empty", "status", "messages", "kept"),
    [("SEND", "DONE", 1, 1), ("NO_FILE", "DONE", 1, 0), ("SKIP", "SKIPPED", 0, 0)],
)
def test_an_empty_report(
    twins: Twins, on_empty: str, status: str, messages: int, kept: int
) -> None:
    north, _ = twins
    scheduled(north, "uma", on_empty=on_empty)
    (run,) = run_at(north, MONDAY)
    assert run.status == status
    assert run.counts["files"] == kept
    assert [m["rows"] for m in sent(north)] == [0] * messages


def test_stale_data_waits_and_then_says_so(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha", on_stale="WAIT", wait_hours=2)
    old = MONDAY - timedelta(hours=7)
    with tenant_context(north.id):
        for minutes, status in ((0, "WAITING"), (30, "WAITING"), (110, "WAITING"), (125, "DONE")):
            with frozen(MONDAY + timedelta(minutes=minutes)):
                Snapshot.objects.update(checked_at=old)
                plan_due()
                running.run_due()
            assert Occurrence.objects.get().status == status, minutes
    (message,) = sent(north)
    assert message["isStale"] is True


def test_a_split_by_course_gives_each_teacher_a_file_of_each_course(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "tom", "uma", "asha", split="COURSE", on_empty="SKIP")
    (run,) = run_at(north, MONDAY)
    with tenant_context(north.id):
        rows = OccurrenceRecipient.objects.select_related("person").order_by("id")
        found = {(r.person.code, r.part): (r.status, r.rows) for r in rows}
    math, art = str(north.courses["MATH"].pk), str(north.courses["ART"].pk)
    assert found == {
        ("tom", math): ("SENT", 2), ("tom", art): ("SKIPPED", 0), ("uma", art): ("SKIPPED", 0),
    }  # fmt: skip
    assert run.counts["scopes"] == 3


def test_a_schedule_that_nobody_opens_is_paused_and_its_owner_notified(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "anil", attaches=False)
    for week in range(5):
        run_at(north, MONDAY + week * WEEK)
    with tenant_context(north.id):
        schedule = Schedule.objects.get()
        statuses = list(Occurrence.objects.order_by("id").values_list("status", flat=True))
    assert (schedule.status, schedule.pause_reason) == ("PAUSED", "UNOPENED")
    assert statuses == ["DONE", "DONE", "DONE", "SKIPPED"]
    (message,) = sent(north, "ADMIN_SCHEDULE_PROBLEM")
    assert (message["to"], message["reason"]) == ([north.people["asha"].pk], "UNOPENED")
    with at(north, MONDAY + 6 * WEEK - timedelta(days=1)):
        services.resume_schedule(principal=north.principal("asha"), schedule_id=schedule.pk)
    assert run_at(north, MONDAY + 6 * WEEK)[-1].status == "DONE"


def test_the_owner_left(twins: Twins) -> None:
    north, _ = twins
    item = saved_report(north, "asha")
    scheduled(north, "tom", owner="anil", item=item)
    with tenant_context(north.id):
        Person.objects.filter(code="anil").update(status="INACTIVE")
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.reason) == ("SKIPPED", "OWNER_GONE")
    (message,) = sent(north, "ADMIN_SCHEDULE_PROBLEM")
    assert north.people["asha"].pk in message["to"]
    with at(north, MONDAY):
        services.take_over_schedule(
            principal=north.principal("asha"), schedule_id=Schedule.objects.get().pk
        )
        services.resume_schedule(
            principal=north.principal("asha"), schedule_id=Schedule.objects.get().pk
        )
    assert run_at(north, MONDAY + WEEK)[-1].status == "DONE"


def test_a_report_that_was_withdrawn_fails_and_says_why(twins: Twins) -> None:
    north, _ = twins
    schedule = scheduled(north, "tom")
    with tenant_context(north.id):
        item = schedule.item
        item.body["definition"]["dimensions"] = ["student.shoeSize"]
        item.save()
    for week in range(3):
        runs = run_at(north, MONDAY + week * WEEK)
    assert [(r.status, r.reason) for r in runs] == [("FAILED", "REPORT_INVALID")] * 3
    with tenant_context(north.id):
        assert Schedule.objects.get().status == "PAUSED"
    assert [m["isPaused"] for m in sent(north, "ADMIN_SCHEDULE_PROBLEM")] == [False, False, True]


def test_a_schedule_of_new_data_runs_at_most_once_in_its_hours(twins: Twins) -> None:
    from tests.optilearn.more_snapshots import another

    north, _ = twins
    scheduled(north, "asha", timing={"trigger": "SNAPSHOT", "rule": "", "min_hours": 24})
    assert run_at(north, MONDAY) == []
    another(north, "second", ("DELETE FROM submissions",))
    assert len(run_at(north, MONDAY + timedelta(hours=1))) == 1
    another(north, "third", ("DELETE FROM submissions",))
    assert len(run_at(north, MONDAY + timedelta(hours=5))) == 1
    assert len(run_at(north, MONDAY + timedelta(hours=26))) == 2


def test_a_test_goes_to_the_caller_alone(twins: Twins) -> None:
    north, _ = twins
    schedule = scheduled(north, "tom", "lena")
    with at(north, datetime(2026, 11, 29, 13, tzinfo=UTC)):
        services.test_schedule(principal=north.principal("asha"), schedule_id=schedule.pk)
    (run,) = run_at(north, datetime(2026, 11, 29, 13, 1, tzinfo=UTC))
    assert (run.kind, run.status, run.counts["sent"]) == ("TEST", "DONE", 1)
    assert [m["to"] for m in sent(north)] == [[north.people["asha"].pk]]


def test_a_run_now_goes_to_everybody_and_leaves_the_times_as_they_are(twins: Twins) -> None:
    north, _ = twins
    schedule = scheduled(north, "tom", "lena")
    sunday = datetime(2026, 11, 29, 13, tzinfo=UTC)
    with at(north, sunday):
        services.run_now(principal=north.principal("asha"), schedule_id=schedule.pk)
        with pytest.raises(AppError):
            services.run_now(principal=north.principal("asha"), schedule_id=schedule.pk)
    (run,) = run_at(north, sunday + timedelta(minutes=1))
    assert (run.kind, run.status, run.counts["sent"]) == ("NOW", "DONE", 2)
    assert len(run_at(north, MONDAY)) == 2
    assert len(sent(north)) == 4


def test_a_dashboard_is_one_workbook_with_a_sheet_for_each_tile(twins: Twins) -> None:
    north, _ = twins
    with at(north, datetime(2026, 11, 29, 12, tzinfo=UTC)):
        board = copy_preset(principal=north.principal("asha"), key="engagement", name="Ours")
        publish_item(principal=north.principal("asha"), item_id=board, version=1)
    scheduled(north, "asha", "tom", item=board, formats=["xlsx", "pdf"], filters={})
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.problem, run.counts["files"]) == ("DONE", "", 4)
    with tenant_context(north.id):
        stored = OccurrenceFile.objects.filter(format="xlsx").first()
        assert stored is not None
        assert stored.file_id is not None
        _type, content = read_stored(stored.file_id)
    sheets = openpyxl.load_workbook(BytesIO(content)).sheetnames
    assert sheets[-1] == "About"
    assert len(sheets) > 5


def test_after_an_erasure_no_file_can_be_opened_any_more(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha", "tom")
    run_at(north, MONDAY)
    with tenant_context(north.id):
        kept = set(File.objects.values_list("pk", flat=True))
        assert withdraw_deliveries() == 2
        assert withdraw_deliveries() == 0
        sweep_orphans()
        assert not File.objects.filter(pk__in=kept).exists()
        assert OccurrenceFile.objects.count() == 2  # what was sent, without its content
    with at(north, MONDAY + timedelta(days=1)):
        assert Occurrence.objects.get().status == "DONE"


def test_files_end_before_the_history_does(twins: Twins) -> None:
    north, _ = twins
    scheduled(north, "asha")
    run_at(north, MONDAY)
    for days, stored, occurrences in ((29, 1, 1), (31, 0, 1), (401, 0, 0)):
        with at(north, MONDAY + timedelta(days=days)):
            purge()
            assert OccurrenceFile.objects.filter(file__isnull=False).count() == stored
            assert Occurrence.objects.count() == occurrences
