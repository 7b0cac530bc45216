"""Rules that are written twice, in a script and on the server, give the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation

from dashboards.layout import COLUMNS, Place, flowed, narrowed
from optilearn.web import formatting

if TYPE_CHECKING:
    from tests.browser.conftest import Open

pytestmark = pytest.mark.slow

MOMENTS = (
    "2026-01-01T00:00:00Z", "2026-03-29T01:30:00Z", "2026-09-07T18:29:59.999Z",
    "2026-12-31T23:59:59+05:30", "2024-02-29T12:00:00Z",
)  # fmt: skip
NAMES = ("column", "row", "width", "height")


@pytest.mark.parametrize("language", ["en", "hi"])
def test_instants_read_as_the_server_writes_them(at: Open, language: str) -> None:
    page = at("asha", language=language).page
    page.goto("/dashboards")
    zone = page.evaluate("() => document.body.dataset.zone")
    shown = page.evaluate(
        """async (moments) => {
          const {dateTime} = await import("/static/web/lib/dates.js");
          return moments.map(dateTime);
        }""",
        MOMENTS,
    )
    with translation.override(language), formatting.in_zone(zone):
        assert shown == [formatting.instant(moment) for moment in MOMENTS]


def test_tiles_stand_on_a_narrow_screen_where_the_server_puts_them(at: Open) -> None:
    page = at("asha").page
    page.goto("/dashboards")
    rng = random.Random(7)
    boards = []
    for _ in range(60):
        sizes = [(rng.randint(1, COLUMNS), rng.randint(1, 6)) for _ in range(rng.randint(1, 12))]
        places = list(flowed(sizes))
        rng.shuffle(places)
        boards.append(places)
    found = page.evaluate(
        """async ([boards, columns]) => {
          const {narrowed} = await import("/static/web/boards/grid.js");
          return boards.map((tiles) => {
            const places = narrowed(tiles, columns);
            return tiles.map((tile) => places.get(tile));
          });
        }""",
        [[[{"place": _wire(p)} for p in places] for places in boards], COLUMNS],
    )
    for places, mine in zip(boards, found, strict=True):
        theirs = dict(narrowed(places))
        assert mine == [_wire(theirs[number]) for number in range(len(places))]


def _wire(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in NAMES}
