"""One random case after another: the engine asked, the oracle asked, their answers compared."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reports.contracts import Limits, Scope, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.errors import InternalReportError, ReportError, ReportInvalid
from reports.requests import ReportRequest
from tests.reports.oracle.agreement import disagreement
from tests.reports.oracle.answers import answer
from tests.reports.oracle.data import Data
from tests.reports.oracle.definitions import Definitions
from tests.reports.oracle.shrinking import smallest
from tests.reports.oracle.worlds import SCHEMA, Institution, earlier, institution

PER_WORLD = 25
Wire = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A definition, asked inside a scope of an institution."""

    number: int
    made: Institution
    before: Institution
    scope: Scope
    definition: Wire


@dataclass
class Tally:
    """The outcomes of the cases, by feature."""

    tried: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    with_rows: int = 0

    def note(self, definition: Wire, refused: ReportInvalid | None) -> None:
        """Count a case."""
        codes = {p.code for p in refused.problems} if refused else set()
        for name in features(definition):
            self.tried[name] += 1
            self.accepted[name] += refused is None
            self.later[name] += "NOT_SUPPORTED_YET" in codes
        if refused:
            self.refusals[refused.problems[0].code] += 1

    def table(self) -> str:
        """The counts as text."""
        lines = [
            f"{name:<22}{self.tried[name]:>7} tried {self.accepted[name]:>7} answered"
            for name in sorted(self.tried)
        ]
        refused = ", ".join(f"{code} {n}" for code, n in self.refusals.most_common())
        return "\n".join([*lines, f"refused: {refused}"])


def features(definition: Wire) -> set[str]:
    """The parts of the language that a definition uses."""
    found = {f"mode {definition['mode']}", f"totals {definition.get('totals', 'none')}"}
    found |= {key for key in ("having", "filterLogic", "limit", "sort") if definition.get(key)}
    if compare := definition.get("compare"):
        found.add(f"compare {compare['to']}")
    if time := definition.get("time"):
        found |= {f"bucket {time['bucket']}"} | ({"fill"} if time.get("fill") else set())
    if any(isinstance(d, dict) for d in definition.get("dimensions") or ()):
        found.add("bins")
    for wire in definition.get("filters") or ():
        found.add("metric as filter" if "metric" in wire else f"op {wire['op']}")
        if isinstance(wire.get("value"), dict) and "field" in wire["value"]:
            found.add("field to field")
    for measure in definition.get("measures") or ():
        found |= _measure_features(measure)
    return found


def _measure_features(measure: Any) -> set[str]:
    if isinstance(measure, str):
        return {"metric"}
    found = {
        k
        for k in ("ratio", "formula", "offset", "trailing", "toDate", "semiAdditive")
        if k in measure
    }
    if "calc" in measure:
        found.add(f"calc {measure['calc']}")
    if "agg" in measure:
        agg = measure["agg"]
        found.add("agg quantile" if isinstance(agg, dict) else f"agg {agg}")
    return found | ({"measure filters"} if "filters" in measure else set())


def case_of(seed: int, number: int) -> Case:
    """The case with this number; the same for the same seed."""
    return next(_cases_of_world(seed, number // PER_WORLD, [number]))


def _cases_of_world(seed: int, world: int, numbers: list[int]) -> Iterator[Case]:
    made, scopes = institution(f"{seed}/{world}")
    seen: dict[Scope, Data] = {}
    for number in numbers:
        rng = random.Random(f"{seed}:{number}")
        scope = scopes[0] if rng.random() < 0.6 else rng.choice(scopes)
        data = seen.setdefault(scope, made.data(scope))
        yield Case(
            number, made, earlier(made, f"{seed}/{world}"), scope, Definitions(data, rng).one()
        )


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine for many small files."""
    made = Engine(EngineSettings(threads=1, open_snapshots=2, profile_from=0))
    try:
        yield made
    finally:
        made.close()


@dataclass
class Stage:
    """An institution as both see it: its files, and its rows inside each scope."""

    case: Case
    folder: Path
    _refs: dict[str, SnapshotRef] = field(default_factory=dict)
    _data: dict[tuple[str, Scope], Data] = field(default_factory=dict)

    def ref(self, name: str = "now") -> SnapshotRef:
        """The snapshot file, written when it is first wanted."""
        if name not in self._refs:
            path = self.folder / f"{self.case.number}-{name}.duckdb"
            self._refs[name] = self._institution(name).write(path, name)
        return self._refs[name]

    def data(self, scope: Scope, name: str = "now") -> Data:
        """The rows inside a scope."""
        if (name, scope) not in self._data:
            self._data[name, scope] = self._institution(name).data(scope)
        return self._data[name, scope]

    def _institution(self, name: str) -> Institution:
        return self.case.before if name == "before" else self.case.made

    def clear(self) -> None:
        """Remove the files."""
        for ref in self._refs.values():
            Path(ref.path).unlink(missing_ok=True)


def difference(engine: Engine, case: Case, stage: Stage, tally: Tally) -> str | None:
    """Return the engine's difference; None if there is none, or the question was refused."""
    try:
        result = engine.run(
            ReportRequest(case.definition, case.scope, stage.ref(), Limits.for_export(), stage.ref)
        )
    except ReportInvalid as refused:
        tally.note(case.definition, refused)
        return None
    except (ReportError, InternalReportError) as error:
        return f"no answer, but {error!r} because of {error.__cause__}"
    tally.note(case.definition, None)
    tally.answered += 1
    tally.with_rows += bool(result.rows)
    wanted = answer(stage.data(case.scope), case.definition, stage.data(case.scope, "before"))
    return disagreement(SCHEMA, case.definition, result, wanted)


def failures(engine: Engine, seed: int, count: int, tally: Tally) -> Iterator[tuple[Case, str]]:
    """The cases, of the first ``count`` of a seed, in which the two disagree."""
    with tempfile.TemporaryDirectory() as folder:
        for world in range((count + PER_WORLD - 1) // PER_WORLD):
            numbers = range(world * PER_WORLD, min(count, (world + 1) * PER_WORLD))
            stage: Stage | None = None
            for case in _cases_of_world(seed, world, list(numbers)):
                stage = stage or Stage(case, Path(folder))
                try:
                    found = difference(engine, case, stage, tally)
                except Exception as error:
                    error.add_note(told(seed, case))
                    raise
                if found:
                    yield case, found
            if stage:
                stage.clear()


def shrunk(engine: Engine, case: Case, stage: Stage) -> Case:
    """The case with the smallest definition that still fails; itself if it doesn't."""

    def fails(definition: Wire) -> bool:
        try:
            return bool(difference(engine, replace(case, definition=definition), stage, Tally()))
        except (LookupError, ValueError, StopIteration):
            return False

    return replace(case, definition=smallest(case.definition, fails))


def told(seed: int, case: Case) -> str:
    """Return how to see a case again."""
    return (
        f"REPORTS_FUZZ_SEED={seed} case {case.number}, scope {case.scope.kind.value} "
        f"{list(case.scope.ids)}, zone {case.made.zone}, week starts on "
        f"{case.made.first_weekday}, taken at {case.made.taken_at}\n"
        f"{json.dumps(case.definition, ensure_ascii=False)}"
    )
