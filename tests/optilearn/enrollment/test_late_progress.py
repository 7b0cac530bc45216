"""What was done offline before a lesson closed, and reported after."""

from __future__ import annotations

from datetime import timedelta

from optilearn.core import clock
from tests.optilearn.enrollment.player import NOW, Player
from tests.optilearn.enrollment.world import Twins, ask, refused


def test_what_was_watched_before_the_close_counts_for_a_week(twins: Twins) -> None:
    player = Player(twins, closes_at=NOW + timedelta(seconds=30))
    late = player.send(86_400, (0, 90))
    assert late["acceptedSeconds"] == 60  # at double speed, until it closed
    assert player.send(86_401, (0, 100))["acceptedSeconds"] == 0
    body = {"watched": [[0, 90]]}
    with clock.frozen(NOW + timedelta(days=7, seconds=30)):
        answer = ask(player.north, "lena", "PUT", f"{player.path}/progress", body)
    assert refused(answer) == (403, "LESSON_LOCKED")


def test_who_had_not_opened_it_before_the_close_is_too_late(twins: Twins) -> None:
    player = Player(twins, opens=False, closes_at=NOW + timedelta(seconds=30))
    with clock.frozen(NOW + timedelta(seconds=31)):
        for method, path in (("PUT", f"{player.path}/progress"), ("GET", player.path)):
            answer = ask(player.north, "lena", method, path, {} if method == "PUT" else None)
            assert refused(answer) == (403, "LESSON_LOCKED")
