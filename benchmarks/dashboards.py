"""Dashboards and saved reports over HTTP: warm, and never seen before, over their raw queries."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

import duckdb
import httpx

from benchmarks.asking import snapshot_of
from benchmarks.boards import _by_hand, _tiles
from benchmarks.report import Line, once, paired
from benchmarks.sql import _token
from benchmarks.world import World
from reports import api
from tests.support.server import serving

_RUNS: Final = 15
_TILES: Final = 12
_WARM_SECONDS: Final = 0.008
_fresh: Final = count(5_000)


def measure(world: World) -> Iterator[Line]:
    snapshot = snapshot_of(world)
    settings = {"SNAPSHOT_URL": (world.folder / "snapshots").as_uri(), "RATE_LIMIT": "0"}
    tiles = [tile for tile in _tiles(snapshot) if "course:" not in tile[0]][:_TILES]
    api.close()  # the file is opened by hand, otherwise configured
    headers = {"Authorization": f"Bearer {_token()}"}
    with (
        serving(world.database, world.folder, settings) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1/analytics", headers=headers) as ask,
        duckdb.connect(snapshot.path, read_only=True, config={"threads": "2"}) as raw,
    ):
        hands = [_by_hand(raw, sql) for _name, _definition, sql in tiles]

        def by_hand() -> None:
            for hand in hands:
                hand()

        definitions = [definition for _name, definition, _sql in tiles]
        boards = iter([_board(ask, definitions) for _ in range(_RUNS + 1)])
        cold, floor = paired(lambda: _run(ask, next(boards)), by_hand, _RUNS)
        yield Line("a dashboard of 12 tiles over HTTP, never seen", cold, floor, 0.9)
        board = _board(ask, definitions)
        warm = _middle(lambda: _run(ask, board), 100)
        yield Line("a dashboard of 12 tiles over HTTP, cached", warm, _WARM_SECONDS, 1)
        yield _saved_report(ask, definitions[0])


def _saved_report(ask: httpx.Client, definition: dict[str, Any]) -> Line:
    """A saved report whose answer is cached, over the same question as it is."""
    saved = _created(ask, "saved-reports", {"name": "Bench", "definition": definition})

    def bare() -> None:
        _ok(ask.post("/reports/run", json={"definition": definition}))

    served, floor = paired(lambda: _ok(ask.post(f"/saved-reports/{saved}/run", json={})), bare, 200)
    return Line("a saved report over HTTP, cached", served, floor, 1.5)


def _board(ask: httpx.Client, definitions: list[dict[str, Any]]) -> str:
    """A dashboard of questions that nobody has asked: each with a limit of its own."""
    limit = next(_fresh)
    tiles = [
        {
            "key": f"t{number}",
            "title": "Tile",
            "definition": definition | {"limit": limit},
            "place": {"column": 0, "row": number, "width": 12, "height": 1},
        }
        for number, definition in enumerate(definitions)
    ]
    return str(_created(ask, "dashboards", {"name": "Bench", "tiles": tiles}))


def _created(ask: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = ask.post(f"/{path}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


def _run(ask: httpx.Client, board: str) -> None:
    answer = ask.post(f"/dashboards/{board}/run", json={}, timeout=60)
    _ok(answer)
    assert answer.text.count('"error":null') == _TILES, answer.text[-500:]


def _ok(answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text


def _middle(work: Callable[[], object], runs: int) -> float:
    work()
    return statistics.median(once(work) for _ in range(runs))
