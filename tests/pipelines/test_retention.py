"""Which snapshots go, and that what goes is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from pipelines.snapshots.registry import RetainedSnapshot
from pipelines.snapshots.retention import expired
from pipelines.snapshots.service import SnapshotKind, SnapshotService
from pipelines.snapshots.settings import Retention
from tests.pipelines.files import published_path
from tests.pipelines.records import Records

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def snapshots(times: list[datetime]) -> list[RetainedSnapshot]:
    return [RetainedSnapshot(f"s{n}", moment, f"k{n}") for n, moment in enumerate(times)]


def remaining(snapshots: list[RetainedSnapshot], now: datetime = NOW) -> list[RetainedSnapshot]:
    gone = {s.snapshot_id for s in expired(snapshots, now, Retention(), LONDON)}
    return [s for s in snapshots if s.snapshot_id not in gone]


def test_hourly_for_a_week_daily_for_a_quarter_weekly_beyond() -> None:
    hourly = [NOW - timedelta(hours=h) for h in range(400 * 24, 0, -1)]
    left = [NOW - s.taken_at for s in remaining(snapshots(hourly))]
    assert sum(age < timedelta(days=7) for age in left) == 7 * 24 - 1
    assert sum(timedelta(days=7) <= age < timedelta(days=90) for age in left) == 84
    assert 43 <= sum(age >= timedelta(days=90) for age in left) <= 46


def test_the_last_of_a_local_day_stays() -> None:
    summer = datetime(2026, 9, 1, tzinfo=UTC)
    times = [summer + timedelta(hours=h) for h in (20, 22.5, 23.5, 30)] + [NOW]
    # 23:30 UTC is already the next day in London, whose last one is at 06:00 UTC.
    assert [s.taken_at for s in remaining(snapshots(times))] == [times[1], times[3], NOW]


moments = st.lists(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)), max_size=60
)


@given(moments, st.integers(0, 900))
def test_the_newest_stays_and_time_only_thins(times: list[datetime], later: int) -> None:
    """Also if clocks jumped: the order of publication says which is newest."""
    published = snapshots(times)
    left = remaining(published)
    assert left[-1:] == published[-1:]
    assert remaining(left) == left
    then = NOW + timedelta(days=later)
    assert remaining(left, then) == remaining(published, then) or later < 91


def test_expired_files_go_and_stay_gone(service: SnapshotService, springdale: Records) -> None:
    springdale.some()
    for days in (120, 119, 30, 30, 0):
        springdale.person()
        outcome = service.take(springdale.institution)
        springdale.run(
            "UPDATE analytics_snapshot SET taken_at = date_trunc('week', now()) + interval '1 day'"
            " - %s * interval '1 day' WHERE institution_id = $i AND snapshot_id = %s",
            days // 7 * 7 if days > 90 else days,
            outcome.snapshot_id,
        )
    springdale.person()
    service.take(springdale.institution)
    status = springdale.run(
        "SELECT status FROM analytics_snapshot WHERE institution_id = $i ORDER BY id"
    )
    assert [s for (s,) in status][2:] == ["PRUNED", "PUBLISHED", "PUBLISHED", "PUBLISHED"]
    files = {p.name for p in published_path(service, springdale).parent.iterdir()}
    keys = springdale.run(
        "SELECT storage_key FROM analytics_snapshot "
        "WHERE institution_id = $i AND status = 'PUBLISHED'"
    )
    assert files == {Path(key).name for (key,) in keys}


def test_files_that_nobody_names_are_removed(service: SnapshotService, springdale: Records) -> None:
    service.take(springdale.institution)
    folder = published_path(service, springdale).parent
    for name in ("20200101T000000Z-stray.duckdb", "20200101T000000Z-old.duckdb.building"):
        (folder / name).write_bytes(b"left by a kill")
    springdale.person()
    assert service.take(springdale.institution).kind is not SnapshotKind.UNCHANGED
    assert len(list(folder.iterdir())) == 2


def test_another_databases_files_are_left_alone(
    service: SnapshotService, springdale: Records
) -> None:
    service.take(springdale.institution)
    folder = published_path(service, springdale).parent
    foreign = folder.parent.parent / "0123456789ab" / folder.name
    foreign.mkdir(parents=True)
    (foreign / "20200101T000000Z-theirs.duckdb").write_bytes(b"not ours")
    springdale.person()
    service.take(springdale.institution)
    assert (foreign / "20200101T000000Z-theirs.duckdb").exists()
