"""Numbers about few people can't be calculated from a result, however it is made up."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl
import pytest

from reports.api import Database
from reports.contracts import Result
from reports.engine.disclosure import protect
from tests.reports.attacker import QUANTITIES, Attacker

pytestmark = pytest.mark.slow

LEAST = 5
WORLDS = int(os.environ.get("ATTACKED_RESULTS", "32"))
CATALOG = f"""
version: 1
minGroupSize: {LEAST}
entities:
  work:
    table: work
    key: [id]
    time: doneOn
    fields:
      world: {{type: integer}}
      region: {{type: text}}
      course: {{type: text}}
      kind: {{type: text}}
      person: {{type: integer}}
      late: {{type: boolean}}
      score: {{type: "decimal(6,2)"}}
      doneOn: {{type: date}}
    metrics:
      count: {{agg: count}}
      lates: {{agg: count, filters: [{{field: late, op: isTrue}}]}}
      onTime: {{agg: count, filters: [{{field: late, op: isFalse}}]}}
      graded: {{agg: count, field: score}}
      learners: {{agg: countDistinct, field: person}}
      lateRate: {{ratio: [lates, count]}}
      onTimeRate: {{ratio: [onTime, count]}}
      gradedRate: {{ratio: [graded, count]}}
      meanScore: {{agg: avg, field: score}}
    scope: {{person: person}}
"""
MEASURES: list[Any] = [
    *("count", "lates", "onTime", "graded", "learners", "lateRate", "onTimeRate", "gradedRate"),
    {"key": "rest", "formula": "count - lates"},
    {"key": "unknown", "formula": "count - lates - onTime"},
    {"key": "twice", "formula": "2 * onTime + lates"},
    {"key": "share", "calc": "percentOfTotal", "of": "count"},
    {"key": "lateShare", "calc": "percentOfParent", "of": "lates"},
    "meanScore",
]
IN_TIME: list[Any] = [
    {"key": "soFar", "metric": "count", "toDate": {"field": "doneOn", "unit": "year"}},
    {"key": "lately", "metric": "count", "trailing": {"field": "doneOn", "n": 2, "unit": "month"}},
    {"key": "lateSoFar", "metric": "lates", "toDate": {"field": "doneOn", "unit": "year"}},
    {"key": "before", "metric": "count", "offset": {"n": 1, "unit": "month"}},
    {"key": "running", "calc": "runningTotal", "of": "count"},
    {"key": "step", "calc": "difference", "of": "count"},
]
SUMS: dict[str, dict[str, float]] = {
    "count": {"count": 1}, "graded": {"graded": 1}, "onTime": {"onTime": 1}, "lates": {"late": 1},
    "rest": {"notLate": 1}, "unknown": {"count": 1, "late": -1, "onTime": -1},
    "twice": {"onTime": 2, "late": 1},
}  # fmt: skip
RATES = {"lateRate": "late", "onTimeRate": "onTime", "gradedRate": "graded"}
WINDOWS: dict[str, tuple[str, list[tuple[int, float]]]] = {
    "soFar": ("count", [(12, 1)]),
    "lateSoFar": ("late", [(12, 1)]),
    "lately": ("count", [(2, 1)]),
    "before": ("count", [(2, 1), (1, -1)]),
}
"""The counted rows, and how often over the last how many months."""
IN_ORDER: dict[str, tuple[str, list[tuple[int, float]]]] = {
    "running": ("count", [(12, 1)]),
    "step": ("count", [(1, 2), (2, -1)]),
}
Row = tuple[int, int, str, str, str, int, bool | None, float | None, str]


@dataclass(frozen=True)
class World:
    """The rows of one world; in some each person has one row, in others several."""

    number: int
    rows: tuple[Row, ...]
    is_single: bool


def make_world(number: int) -> World:
    chance = random.Random(number)
    sizes = [chance.choice([0, 1, 2, 3, 4, 6, 9, 14, 30, 100]) for _ in range(24)]
    is_single = chance.random() < 0.7
    places = [(r, c, k) for r in "NSEW"[: chance.randint(1, 4)]
              for c in "PQR"[: chance.randint(1, 3)] for k in "xy"]  # fmt: skip
    rows: list[Row] = []
    lateness = chance.choice([0.02, 0.1, 0.5, 0.97])
    for place, size in zip(places, sizes, strict=False):
        for _ in range(size):
            ident = number * 10_000 + len(rows)
            person = ident if is_single else chance.randint(1, 40)
            late = None if chance.random() < 0.05 else chance.random() < lateness
            score = None if chance.random() < 0.1 else round(chance.uniform(0, 100), 2)
            day = f"2026-{chance.randint(1, 4):02d}-{chance.randint(1, 28):02d}"
            rows.append((number, ident, *place, person, late, score, day))
    return World(number, tuple(rows), is_single)


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [make_world(number) for number in range(WORLDS)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, worlds: list[World]) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("worlds")
    with duckdb.connect(str(folder / "work.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE work (world INTEGER, id INTEGER, region TEXT, course TEXT, kind TEXT,"
            " person INTEGER, late BOOLEAN, score DECIMAL(6,2), doneOn DATE)"
        )
        rows = [row for world in worlds for row in world.rows]
        columns = ["world", "id", "region", "course", "kind", "person", "late", "score", "doneOn"]
        frame = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
        connection.register("frame", frame.to_arrow())
        connection.execute("INSERT INTO work SELECT * FROM frame")
    (folder / "work.yaml").write_text(CATALOG, encoding="utf-8")
    made = Database(folder / "work.yaml", folder / "work.duckdb")
    yield made
    made.close()


def question(world: World) -> dict[str, Any]:
    chance = random.Random(-world.number - 1)
    dimensions = chance.sample(["region", "course", "kind"], chance.randint(0, 3))
    made: dict[str, Any] = {
        "version": 1, "entity": "work", "mode": "categorical", "dimensions": dimensions,
        "measures": chance.sample(MEASURES, chance.randint(1, 7)),
        "filters": [{"field": "world", "op": "eq", "value": world.number}],
        "totals": chance.choice(["none", "grand", "subtotals", "subtotals"]),
    }  # fmt: skip
    if chance.random() < 0.4:
        made |= {"mode": "temporal", "time": {"field": "doneOn", "bucket": "month"}}
        made["measures"] += chance.sample(IN_TIME, chance.randint(0, 2))
    keys = [m if isinstance(m, str) else m["key"] for m in made["measures"]]
    if chance.random() < 0.3:
        made["sort"] = [{"by": chance.choice(keys), "dir": chance.choice(["asc", "desc"])}]
    if chance.random() < 0.2:
        made["limit"] = chance.randint(1, 6)
    return made


class Attacked:
    """A result with what its attacker makes of it."""

    def __init__(self, world: World, definition: dict[str, Any], result: Result) -> None:
        self.world = world
        self.names = (["doneOn"] if "time" in definition else []) + definition["dimensions"]
        self.width = len(self.names)
        self.truth: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in world.rows:
            self.truth[tuple(self.group(row, name) for name in self.names)].append(row)
        # Even the cells that a limit cut off are granted to the attacker.
        self.attacker = Attacker(sorted(self.truth))
        self.result = result
        self.keys = [c.key for c in result.columns[self.width :]]
        self.hidden = {(result.rows[i][: self.width], c) for i, c in result.suppressed}

    def group(self, row: Row, name: str) -> Any:
        if name == "doneOn":
            return f"{row[8][:7]}-01"
        return row[{"region": 2, "course": 3, "kind": 4}[name]]

    def under(self, groups: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        wanted = tuple(g.isoformat() if hasattr(g, "isoformat") else g for g in groups)
        return [cell for cell in self.attacker.cells if cell[: len(wanted)] == wanted]

    def before(self, groups: tuple[Any, ...], months: int) -> list[tuple[Any, ...]]:
        """The cells of the last months up to a group's own, this one included."""
        end = int(str(groups[0])[5:7])
        return [
            cell
            for cell in self.attacker.cells
            if end - months < int(cell[0][5:7]) <= end and cell[1 : len(groups)] == groups[1:]
        ]

    def learn(self) -> None:
        for i, row in enumerate(self.result.rows):
            shown = {c for c in range(len(row)) if (i, c) not in self.result.suppressed}
            self._learn(row, row[: self.width], shown)
        for total in self.result.totals or ():
            shown = set(range(len(total.row))) - set(total.suppressed)
            self._learn(total.row, total.row[: total.level], shown)

    def _learn(self, row: Any, groups: tuple[Any, ...], shown: set[int]) -> None:
        for place, key in enumerate(self.keys, self.width):
            if place in shown and row[place] is not None:
                self.number(key, float(row[place]), groups)

    def number(self, key: str, value: float, groups: tuple[Any, ...]) -> None:
        """A shown number, as an equation over what isn't known."""
        cells, attacker = self.under(groups), self.attacker
        term = attacker.terms
        if key in SUMS:
            attacker.learn(added((n, term(name, cells)) for name, n in SUMS[key].items()), value)
        elif key == "learners" and self.world.is_single:
            attacker.learn(term("count", cells), value)
        elif key in RATES:
            attacker.learn_ratio(term(RATES[key], cells), term("count", cells), value)
        elif key == "share":
            attacker.learn_ratio(term("count", cells), term("count", self.under(())), value)
        elif key == "lateShare" and groups:
            attacker.learn_ratio(term("late", cells), term("late", self.under(groups[:-1])), value)
        elif groups and (key in WINDOWS or (key in IN_ORDER and self.width == 1)):
            name, parts = (WINDOWS | IN_ORDER)[key]
            found = ((n, term(name, self.before(groups, months))) for months, n in parts)
            attacker.learn(added(found), value)

    def small(self) -> Iterator[tuple[str, tuple[Any, ...], list[tuple[Any, ...]], int]]:
        """Each number about few people: what it counts, where, and how many rows."""
        places = [cell[:n] for cell in self.truth for n in range(self.width + 1)]
        for groups in dict.fromkeys(places):
            cells = [c for c in self.truth if c[: len(groups)] == groups]
            rows = [row for cell in cells for row in self.truth[cell]]
            for quantity, counts in QUANTITIES.items():
                some = [row for row in rows if counts((row[6], row[7] is not None))]
                if 0 < len({row[5] for row in some}) < LEAST:
                    yield quantity, groups, cells, len(some)


def added(parts: Iterable[tuple[float, dict[int, float]]]) -> dict[int, float]:
    found: dict[int, float] = defaultdict(float)
    for factor, terms in parts:
        for i, n in terms.items():
            found[i] += factor * n
    return dict(found)


def attack(attacked: Attacked, maximum: int) -> list[str]:
    """Return an attacker's findings; at most so many numbers are tried."""
    attacked.learn()
    small = list(attacked.small())
    random.Random(attacked.world.number).shuffle(small)
    found: list[str] = []
    for quantity, groups, cells, rows in small[:maximum]:
        low, high = attacked.attacker.bounds(attacked.attacker.terms(quantity, cells))
        is_narrow = high < LEAST - 0.001 if attacked.world.is_single else high - low < 0.001
        if is_narrow:
            found.append(f"{quantity} of {groups} is {rows}: in [{low:g}, {high:g}]")
    return found


@pytest.fixture(params=["cell by cell", "as a large table"])
def rule(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "as a large table":
        monkeypatch.setattr(protect, "MAX_CELLS", 0)
    return str(request.param)


@pytest.mark.parametrize("part", range(8))
def test_no_small_number_can_be_worked_out(
    database: Database, worlds: list[World], part: int, rule: str
) -> None:
    tried = 0
    for world in worlds[part::8]:
        definition = question(world)
        result = database.run(definition)
        found = attack(Attacked(world, definition, result), 6)
        assert not found, (world.number, definition, found)
        tried += bool(result.suppressed)
    assert tried > len(worlds) / 8 / 4


@pytest.mark.parametrize("part", range(4))
def test_no_small_number_can_be_worked_out_of_a_pivot(
    database: Database, worlds: list[World], part: int
) -> None:
    for world in worlds[part::4]:
        chance = random.Random(world.number)
        definition = question(world) | {
            "mode": "categorical",
            "dimensions": chance.sample(["region", "course", "kind"], chance.randint(2, 3)),
            "measures": chance.sample(MEASURES[:7], chance.randint(1, 3)),
        }
        definition.pop("time", None)
        definition.pop("sort", None)
        pivot = database.pivot(definition)
        result = database.run(definition | {"totals": "none"})
        # Another question than the pivot: only its columns are of use here.
        attacked = Attacked(world, definition, replace(result, rows=(), suppressed=()))
        keys = attacked.keys
        across = definition["dimensions"][-1]
        for line in pivot.rows:
            for value, cell in zip(pivot.values, line.cells, strict=True):
                if cell is not None:
                    learn_shown(attacked, keys, cell, (*line.groups, value))
            learn_shown(attacked, keys, line.total, line.groups)
        learn_shown(attacked, keys, pivot.grand_total, ())
        for value, total in zip(pivot.values, pivot.column_totals, strict=True):
            learn_across(attacked, keys, total, (across, value))
        found = attack(attacked, 6)
        assert not found, (world.number, definition, found)


@pytest.mark.parametrize("part", range(4))
def test_compared_totals_give_no_small_number_away(
    database: Any, worlds: list[World], part: int
) -> None:
    shown = 0
    for world in worlds[part::4]:
        chance = random.Random(world.number)
        definition = question(world) | {
            "mode": "temporal",
            "time": {"field": "doneOn", "bucket": "month"},
            "measures": chance.sample(MEASURES[:7], chance.randint(1, 4)),
            "totals": chance.choice(["grand", "subtotals"]),
            "compare": {"to": "previousPeriod"},
        }
        definition.pop("sort", None)
        result = database.run(definition)
        attacked = Attacked(world, definition, result)
        assert result.compare is not None
        for i, row in enumerate(result.compare.rows):
            hidden = {c for r, c in result.compare.suppressed if r == i}
            attacked._learn(row, row[: attacked.width], set(range(len(row))) - hidden)
        for total in result.compare.totals or ():
            known = set(range(len(total.row))) - set(total.suppressed)
            attacked._learn(total.row, total.row[: total.level], known)
            shown += sum(v is not None for v in total.row[attacked.width :])
        found = attack(attacked, 6)
        assert not found, (world.number, definition, found)
    assert shown


def learn_shown(attacked: Attacked, keys: list[str], cells: Any, groups: Any) -> None:
    for key, value in zip(keys, cells, strict=True):
        if value is not None:
            attacked.number(key, float(value), tuple(groups))


def learn_across(attacked: Attacked, keys: list[str], cells: Any, at: tuple[str, Any]) -> None:
    place = attacked.names.index(at[0])
    chosen = [cell for cell in attacked.attacker.cells if cell[place] == at[1]]
    narrowed = attacked.under
    attacked.under = lambda _groups: chosen  # type: ignore[method-assign]
    learn_shown(attacked, keys, cells, ())
    attacked.under = narrowed  # type: ignore[method-assign]
