"""What can't have been played by then counts in no report, from the first one on."""

from __future__ import annotations

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.optilearn.enrollment.player import Player
from tests.optilearn.enrollment.world import Twins


@given(
    reports=st.lists(
        st.tuples(st.floats(0, 90), st.integers(0, 300), st.integers(0, 300)), max_size=12
    ),
    opens=st.booleans(),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_cannot_have_been_played_by_then_never_counts(
    twins: Twins, reports: list[tuple[float, int, int]], opens: bool
) -> None:
    """However it is reported, in whatever pieces: never more than twice the time since opening."""
    with transaction.atomic():
        player = Player(twins, opens=opens, duration_seconds=300)
        began, now = (0.0, 0.0) if opens else (None, 0.0)
        for pause, start, long in reports:
            now += pause
            began = now if began is None else began
            data = player.send(now, (start, start + long), seconds=300)["lesson"]
            seen = sum(end - start for start, end in data["watched"])
            assert seen <= 2 * (now - began) + 1e-5
            assert data["secondsSpent"] <= now - began + 1e-5
        transaction.set_rollback(True)


def test_a_short_video_takes_its_time(twins: Twins) -> None:
    player = Player(twins, opens=False, duration_seconds=130)
    assert player.send(0, (0, 120))["lesson"]["status"] == "STARTED"
    assert player.send(30, (0, 130))["lesson"]["status"] == "STARTED"
    assert player.send(59, (0, 130))["lesson"]["status"] == "COMPLETED"


def test_seconds_add_up_though_reports_come_between_them(twins: Twins) -> None:
    player = Player(twins, kind="TEXT", completion="TIME", completion_threshold=60)
    for nth in range(1, 7):
        data = player.send(nth * 9.97, seconds=10)
    assert data["lesson"]["secondsSpent"] == 59
    assert player.send(60, seconds=1)["lesson"]["status"] == "COMPLETED"
