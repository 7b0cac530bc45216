"""Properties of every answer (docs/report-reference.md), over random questions.

REPORTS_FUZZ_SEED repeats a run; the seed of a fresh one is printed.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reports.contracts import Result, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.errors import ReportInvalid
from reports.export.formats import ExportFormat, render
from reports.requests import ReportRequest
from tests.reports.oracle.agreement import same, same_cell
from tests.reports.oracle.definitions import Definitions
from tests.reports.oracle.worlds import EVERYTHING, Institution, institution

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("REPORTS_FUZZ_SEED") or secrets.randbelow(10**9))
WORLDS = 5
QUESTIONS = 12
"""The questions on which each property is tried in each world."""
NOBODY = Scope(1, ScopeKind.CHILDREN)
Wire = dict[str, Any]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Asked:
    """An institution that can be asked."""

    engine: Engine
    made: Institution
    ref: SnapshotRef
    number: int

    def run(self, definition: Wire, scope: Scope = EVERYTHING) -> Result:
        """The engine's answer."""
        return self.engine.run(ReportRequest(definition, scope, self.ref))

    def questions(
        self, name: str, wanted: Callable[[Wire], bool], change: Callable[[Wire], Wire]
    ) -> Iterator[tuple[Wire, Result]]:
        """Random questions of a sort, changed to suit a property, with their answers."""
        rng = random.Random(f"{SEED}/{self.number}/{name}")
        definitions = Definitions(self.made.data(), rng)
        found = 0
        for _ in range(QUESTIONS * 60):
            definition = definitions.one()
            if definition["mode"] == "rows" or not wanted(definition):
                continue
            definition = change(definition)
            try:
                answer = self.run(definition)
            except ReportInvalid:
                continue
            found += 1
            yield definition, answer
            if found == QUESTIONS:
                return
        pytest.fail(f"too few questions fit: {found}")


@pytest.fixture(scope="module", params=range(WORLDS))
def asked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    made, _ = institution(f"{SEED}/invariants/{request.param}")
    path: Path = tmp_path_factory.mktemp("world") / "world.duckdb"
    engine = Engine(EngineSettings(threads=2, profile_from=0))
    print(f"REPORTS_FUZZ_SEED={SEED}")
    yield Asked(engine, made, made.write(path), request.param)
    engine.close()


def _told(definition: Wire, *answers: Any) -> str:
    told = [f"REPORTS_FUZZ_SEED={SEED}", json.dumps(definition, ensure_ascii=False)]
    return "\n".join([*told, *(str(a.rows if isinstance(a, Result) else a) for a in answers)])


def _without(definition: Wire, *keys: str, **more: Any) -> Wire:
    return {k: v for k, v in definition.items() if k not in keys} | more


def _width(definition: Wire) -> int:
    return len(definition["dimensions"]) + ("time" in definition)


def _plain(definition: Wire) -> Wire:
    return _without(definition, "having", "sort", "limit", "totals", "compare")


def _stands_alone(measure: Any) -> bool:
    return isinstance(measure, str) or not {"calc", "formula"} & set(measure)


def _are(found: Sequence[Any], wanted: Sequence[Any]) -> bool:
    """Return True if two rows are the same, to the last digit."""
    return same(found, wanted, [0.0] * len(found))


def _only(*measures: Any) -> Callable[[Wire], Wire]:
    return lambda definition: _plain(definition) | {"measures": list(measures)}


def test_measures_side_by_side_are_the_measures_alone(asked: Asked) -> None:
    """No fan-out: each fact is added up on its own grain."""

    def change(definition: Wire) -> Wire:
        alone = [m for m in definition["measures"] if _stands_alone(m)]
        return _plain(definition) | {"measures": alone}

    def wanted(definition: Wire) -> bool:
        return sum(map(_stands_alone, definition["measures"])) >= 2

    for definition, together in asked.questions("alone", wanted, change):
        width = _width(definition)
        for place, measure in enumerate(definition["measures"]):
            alone = asked.run(_only(measure)(definition))
            values = {row[:width]: row[width] for row in alone.rows}
            for row in together.rows:
                found = row[width + place]
                if row[:width] in values:
                    assert same_cell(found, values[row[:width]], 0.0), _told(definition, together)
                elif not definition.get("time", {}).get("fill"):
                    assert not found, _told(definition, together, alone)


def test_totals_are_the_questions_without_the_dimensions(asked: Asked) -> None:
    """A total is the measure over those rows, whatever the measure."""

    def wanted(definition: Wire) -> bool:
        return definition["mode"] == "categorical" and len(definition["dimensions"]) >= 2

    def change(definition: Wire) -> Wire:
        alone = [m for m in definition["measures"] if not (isinstance(m, dict) and "calc" in m)]
        return _plain(definition) | {"measures": alone, "totals": "subtotals"}

    for definition, answer in asked.questions("totals", wanted, change):
        totals = answer.totals or ()
        for level in range(len(definition["dimensions"])):
            if not level and not definition["measures"]:
                continue
            fewer = _without(definition, totals="none") | {
                "dimensions": definition["dimensions"][:level]
            }
            nulls = (None,) * (len(definition["dimensions"]) - level)
            wanted_rows = [(*r[:level], *nulls, *r[level:]) for r in asked.run(fewer).rows]
            found = [t.row for t in totals if t.level == level]
            assert len(found) == len(wanted_rows), _told(definition, found, wanted_rows)
            for ours, theirs in zip(found, wanted_rows, strict=True):
                assert _are(ours, theirs), _told(definition, ours, theirs)


def _is_additive(measure: Any) -> bool:
    if not isinstance(measure, str):
        adds = measure.get("agg") in ("count", "sum") and "semiAdditive" not in measure
        return adds and not {"trailing", "toDate", "offset"} & set(measure)
    return measure.rpartition(".")[2] in {"count", "clicks", "events", "graded", "published"}


def test_additive_totals_are_the_sums_of_their_cells(asked: Asked) -> None:
    """Every row is in exactly one group, those without a parent too; `having` cuts both."""

    def change(definition: Wire) -> Wire:
        counted = f"{definition['entity']}.count"
        counted = "activity.events" if definition["entity"] == "activity" else counted
        adding = [m for m in definition["measures"] if _is_additive(m) and m != counted]
        having = [{"measure": counted, "op": "gte", "value": 1}] if asked.number % 2 else []
        made = _plain(definition) | {"measures": [counted, *adding], "having": having}
        return made | {"totals": "subtotals"}

    def wanted(definition: Wire) -> bool:
        return _width(definition) >= 1

    for definition, answer in asked.questions("sums", wanted, change):
        if answer.meta.truncated:
            continue  # totals are of all rows, also of those that aren't shown
        width = _width(definition)
        for total in answer.totals or ():
            head = total.row[: total.level]
            cells = [row for row in answer.rows if row[: total.level] == head]
            for place in range(width, len(total.row)):
                added = sum((row[place] or 0) for row in cells)
                assert same_cell(added, total.row[place] or 0, 0.0), _told(definition, total)


def test_order_and_limit_change_no_number(asked: Asked) -> None:
    def change(definition: Wire) -> Wire:
        return _without(definition, "sort", "limit", "compare") | {"totals": "grand"}

    def wanted(definition: Wire) -> bool:
        measures = definition["measures"]
        return bool(measures) and all(isinstance(m, str) or "calc" not in m for m in measures)

    for definition, answer in asked.questions("order", wanted, change):
        key = definition["measures"][0]
        key = key if isinstance(key, str) else key["key"]
        if answer.meta.truncated:
            continue  # in another order it shows other rows
        turned = asked.run(definition | {"sort": [{"by": key, "dir": "desc"}]})
        assert sorted(map(str, turned.rows)) == sorted(map(str, answer.rows)), _told(definition)
        cut = asked.run(definition | {"limit": 1})
        assert cut.rows == answer.rows[:1], _told(definition, cut)
        assert cut.totals == turned.totals == answer.totals, _told(definition, cut.totals)
        assert cut.meta.total_row_count == len(answer.rows)
        assert not cut.meta.truncated
        assert (len(answer.rows) > 1) == any(w.code == "ROWS_CUT" for w in cut.meta.warnings)


def test_an_unused_relation_changes_no_number(asked: Asked) -> None:
    def change(definition: Wire) -> Wire:
        return _without(definition, "filterLogic", "compare", filters=[])

    def wanted(definition: Wire) -> bool:
        root = Definitions(asked.made.data(), random.Random(0)).schema.shapes[definition["entity"]]
        return bool(root.hops) and "offset" not in json.dumps(definition)

    for definition, answer in asked.questions("relation", wanted, change):
        root = Definitions(asked.made.data(), random.Random(0)).schema.shapes[definition["entity"]]
        hop = random.Random(json.dumps(definition)).choice(list(root.hops))
        always = [{"field": f"{hop}.id", "op": "notIn", "value": []}]
        try:
            wider = asked.run(definition | {"filters": always})
        except ReportInvalid:  # a measure's entity doesn't reach the relation
            continue
        assert (wider.rows, wider.totals) == (answer.rows, answer.totals), _told(definition, hop)


def test_a_measures_own_filter_removes_no_group(asked: Asked) -> None:
    def wanted(definition: Wire) -> bool:
        return any(isinstance(m, dict) and m.get("filters") for m in definition["measures"])

    def change(definition: Wire) -> Wire:
        return _plain(definition)

    for definition, answer in asked.questions("own", wanted, change):
        bare = [
            m if isinstance(m, str) else {k: v for k, v in m.items() if k != "filters"}
            for m in definition["measures"]
        ]
        width = _width(definition)
        unfiltered = asked.run(definition | {"measures": bare})
        groups = [row[:width] for row in answer.rows]
        assert groups == [row[:width] for row in unfiltered.rows], _told(definition, unfiltered)


def test_without_dimensions_there_is_one_row_even_over_nothing(asked: Asked) -> None:
    def wanted(definition: Wire) -> bool:
        return definition["mode"] == "categorical" and bool(definition["measures"])

    def change(definition: Wire) -> Wire:
        return _plain(definition) | {"dimensions": []}

    for definition, answer in asked.questions("one", wanted, change):
        assert len(answer.rows) == 1, _told(definition, answer)
        assert len(asked.run(definition, NOBODY).rows) == 1, _told(definition)
        totals = asked.run(definition | {"totals": "grand"}).totals
        assert [t.row for t in totals or ()] == list(answer.rows), _told(definition)


def test_a_cell_is_the_question_about_its_group_alone(asked: Asked) -> None:
    def wanted(definition: Wire) -> bool:
        dimensions = definition["dimensions"]
        is_plain = len(dimensions) == 1 and isinstance(dimensions[0], str)
        return definition["mode"] == "categorical" and is_plain

    def change(definition: Wire) -> Wire:
        alone = [m for m in definition["measures"] if not _looks_further(m)]
        return _without(_plain(definition), "filterLogic", measures=alone or ["courses.count"])

    for definition, answer in asked.questions("cell", wanted, change):
        for row in answer.rows[:4]:
            value = row[0]
            if value is not None and not isinstance(value, str | int):
                continue
            test = {"op": "isNull"} if value is None else {"op": "eq", "value": value}
            one = {"field": definition["dimensions"][0]} | test
            filters = [*definition["filters"], one]
            alone = asked.run(definition | {"dimensions": [], "filters": filters})
            assert _are(row[1:], alone.rows[0]), _told(definition, row, alone)


def _looks_further(measure: Any) -> bool:
    return isinstance(measure, dict) and bool({"calc", "trailing", "toDate"} & set(measure))


def test_a_wider_scope_counts_no_fewer_rows(asked: Asked) -> None:
    courses = [row[0] for row in asked.made.tables["courses"]]
    steps = [Scope(1, ScopeKind.OWN_COURSES, course_ids=tuple(courses[:n])) for n in range(4)]
    entities = ("courses", "students", "enrollments", "assignments", "submissions")
    for entity in entities:
        definition = {"version": 1, "entity": entity, "mode": "categorical", "measures": ["count"]}
        counts = [asked.run(definition, scope).rows[0][0] for scope in (*steps, EVERYTHING)]
        assert counts == sorted(counts), (SEED, entity, counts)
        assert counts[0] == 0


def test_what_a_measure_cannot_see_is_refused_with_what_would_work(asked: Asked) -> None:
    definition = {"version": 1, "entity": "submissions", "mode": "categorical"}
    for bad, code in (
        ({"dimensions": ["kind"], "entity": "assignments"}, "UNREACHABLE_DIMENSION"),
        ({"filters": [{"field": "isLate", "op": "isTrue"}]}, "UNREACHABLE_FILTER"),
    ):
        with pytest.raises(ReportInvalid) as refused:
            asked.run(definition | {"measures": ["activity.events"]} | bad)
        problem = refused.value.problems[0]
        assert problem.code == code
        assert "activity" in problem.message
        assert problem.hint


BYTES = (ExportFormat.JSON, ExportFormat.CSV, ExportFormat.XLSX, ExportFormat.PARQUET)


def test_the_same_question_has_the_same_bytes(asked: Asked, tmp_path: Path) -> None:
    again = Engine(EngineSettings(threads=1, profile_from=0))
    copy = replace(asked.ref, path=shutil.copy(asked.ref.path, tmp_path / "copy.duckdb"))
    found: list[tuple[Wire, Result]] = list(
        asked.questions("bytes", lambda d: bool(d["measures"]), lambda d: d)
    )
    answers: dict[int, Result] = {}

    def run(place: int) -> None:
        answers[place] = asked.run(found[place][0])

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place, (definition, first) in enumerate(found):
        alone = again.run(ReportRequest(definition, EVERYTHING, copy))
        for form in BYTES:
            wanted = render(first, form)
            assert render(answers[place], form) == wanted, _told(definition, form)
            assert render(alone, form) == wanted, _told(definition, form)
    again.close()
