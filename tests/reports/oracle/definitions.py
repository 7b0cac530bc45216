"""Random definitions: every feature often, most of them answerable, values that occur."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from reports.catalog.model import FieldType
from tests.reports.oracle.aggregates import NUMERIC
from tests.reports.oracle.calendar import DAY
from tests.reports.oracle.data import Data
from tests.reports.oracle.declared import METRICS
from tests.reports.oracle.schema import NoWay, Path, Schema

Wire = dict[str, Any]
ROOTS = (
    "submissions",
    "submissions",
    "activity",
    "activity",
    "lessonProgress",
    "enrollments",
    "enrollments",
    "courses",
    "students",
    "assignments",
    "grades",
    "quizAttempts",
    "quizAnswers",
    "peerReviews",
    "discussionPosts",
    "attendance",
    "certificates",
    "points",
    "compliance",
    *("questions", "lessons", "staff"),
)
FACTS = tuple(dict.fromkeys(ROOTS[:-1]))
CALENDAR = ("day", "week", "month", "quarter", "year")
PARTS = ("dayOfWeek", "dayOfMonth", "monthOfYear")
ACADEMIC = ("term", "weekOfTerm", "academicYear")
THEMES = (
    "plain",
    "plain",
    "subtotals",
    "calc",
    "formula",
    "semiAdditive",
    "window",
    "offset",
    "compare",
    "having",
    "aggregates",
    "bins",
)
TEXT_OPS = ("contains", "notContains", "startsWith", "endsWith")
AGGREGATES = (
    *("count", "countDistinct", "sum", "avg", "min", "max", "stddev", "first", "last"),
    *("median", "p10", "p25", "p75", "p90", "p95", "listDistinct", "quantile"),
)


class Definitions:
    """Makes definitions over one institution's rows from one source of randomness."""

    def __init__(self, data: Data, rng: random.Random) -> None:
        self.data = data
        self.schema: Schema = data.schema
        self.rng = rng
        self.today = data.calendar.today
        self.is_by_hour = False

    def one(self) -> Wire:
        """A definition."""
        rng = self.rng
        self.theme = rng.choice(THEMES)
        dated = self.theme in {"window", "offset", "compare"}
        self.root = rng.choice([r for r in ROOTS if not dated or self._main(r)])
        mode = rng.choice(["categorical", "temporal"])
        if self.theme == "plain" and rng.random() < 0.3:
            mode = "rows"
        made: Wire = {"version": 1, "entity": self.root, "mode": mode}
        if self.theme in {"plain", "calc", "bins", "having"} and rng.random() < 0.15:
            made["compare"] = {"to": "snapshot", "snapshot": "before"}
        if mode == "rows":
            made["columns"] = self._paths(rng.randint(1, 4))
            self._filters(made, dated=False)
            self._order(made, made["columns"])
            return made
        if mode == "temporal":
            made["time"] = self._time()
        count = rng.choice([0, 1, 1, 2, 3]) if mode == "categorical" else rng.choice([0, 0, 1, 2])
        if self.theme == "bins":
            count = max(count, 1)
        made["dimensions"] = self._dimensions(count, made.get("time", {}).get("field", ""))
        self._filters(made, dated=dated)
        made["measures"] = self._measures(made)
        if not made["measures"] and (not made["dimensions"] or self.theme == "compare"):
            made["measures"] = [next(m for m in METRICS if m.startswith(f"{self.root}."))]
        self._rest(made)
        return made

    def _main(self, entity: str) -> str:
        return self.schema.shapes[entity].main_date

    def _rest(self, made: Wire) -> None:
        rng = self.rng
        totals = (
            "subtotals" if self.theme == "subtotals" else rng.choice(["none", "grand", "subtotals"])
        )
        made["totals"] = totals
        plain = [m for m in made["measures"] if not (isinstance(m, dict) and "calc" in m)]
        if plain and (self.theme == "having" or rng.random() < 0.08):
            made["having"] = [self._having(rng.choice(plain)) for _ in range(rng.choice([1, 1, 2]))]
        names = [d if isinstance(d, str) else d["field"] for d in made["dimensions"]]
        names += [made["time"]["field"]] if "time" in made else []
        for measure in made["measures"]:
            if isinstance(measure, str):
                names.append(measure)
            elif made["mode"] == "temporal" or measure.get("calc") not in _ORDERED:
                names.append(measure["key"])
        self._order(made, names)
        if self.theme == "compare":
            to = rng.choice(["previousPeriod", "previousPeriod", "previousYear", "previousTerm"])
            made["compare"] = {"to": to}

    def _order(self, made: Wire, names: Sequence[str]) -> None:
        rng = self.rng
        if names and rng.random() < 0.4:
            chosen = rng.sample(list(names), k=min(len(names), rng.choice([1, 1, 2])))
            made["sort"] = [{"by": n, "dir": rng.choice(["asc", "desc"])} for n in chosen]
        if rng.random() < 0.15:
            made["limit"] = rng.randint(1, 5)

    # -- groups

    def _paths(self, count: int) -> list[str]:
        return list(dict.fromkeys(self._path(self.root) for _ in range(count)))

    def _path(self, entity: str) -> str:
        here = self.schema.shapes[entity]
        steps: list[str] = []
        while here.hops and self.rng.random() < 0.45 and len(steps) < 3:
            hop = self.rng.choice(list(here.hops))
            steps.append(hop)
            here = self.schema.shapes[here.hops[hop].to]
        if steps and self.rng.random() < 0.1:
            return ".".join(steps)
        return ".".join([*steps, self.rng.choice(list(here.kinds))])

    def _dimensions(self, count: int, axis: str) -> list[Any]:
        rng = self.rng
        found: dict[str, Any] = {}
        for _ in range(count * 3):
            if len(found) == count:
                break
            path = self._path(self.root)
            kind = self.schema.path(self.root, path).kind
            if kind is FieldType.TIMESTAMP and rng.random() < 0.8:
                continue
            if path.endswith(("id", "Id")) and rng.random() < 0.6:
                continue
            if path == axis:
                continue
            found[path] = path
            if kind.is_number and (self.theme == "bins" or rng.random() < 0.4):
                edges = rng.choice([[0, 40, 60, 100], [1, 2.5], [50, 102], [-1, 0, 1, 7.25]])
                found[path] = {"field": path, "bins": edges}
        return list(found.values())

    def _time(self) -> Wire:
        rng = self.rng
        calm = self.theme in {"window", "offset", "compare"}
        field, kind = "time", FieldType.DATE
        main = self._main(self.root)
        if not main or rng.random() < 0.4:
            field, kind = self._time_field()
        buckets = [*CALENDAR] if self.theme == "window" else [*CALENDAR * 2, *ACADEMIC]
        if not calm:
            buckets += PARTS
        if kind is FieldType.TIMESTAMP:
            buckets += ["hour"] * 8 if self.theme == "window" else ["hour", "hourOfDay"] * 4
        made: Wire = {"field": field, "bucket": rng.choice(buckets)}
        if rng.random() < 0.35:
            made["fill"] = True
        return made

    def _time_field(self) -> tuple[str, FieldType]:
        if self.theme in {"window", "offset", "compare"}:
            main = self._main(self.root)
            instant = main.removesuffix("On") + "At"
            known = self.schema.shapes[self.root].kinds
            if instant in known and self.rng.random() < 0.4:
                return instant, FieldType.TIMESTAMP
            return main, FieldType.DATE
        for _ in range(40):
            path = self._path(self.root)
            if path.endswith("On") and self.rng.random() < 0.3:
                path = path.removesuffix("On") + "At"
            try:
                kind = self.schema.path(self.root, path).kind
            except NoWay:  # a day without its instant
                continue
            if kind.is_time:
                return path, kind
        return "time", FieldType.DATE

    # -- filters

    def _filters(self, made: Wire, *, dated: bool) -> None:
        rng = self.rng
        filters = [self._filter(self.root) for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3]))]
        if len(filters) == 3 and rng.random() < 0.7:
            logic = ["1 OR (2 AND 3)", "(1 OR 2) AND 3", "1 or 2 or 3", "3 AND (2 OR 1) AND 1"]
            made["filterLogic"] = rng.choice(logic)
        if dated:
            axis = made.get("time", {}).get("field", "time")
            main = self._main(self.root) if axis == "time" else axis
            filters = [f for f in filters if not self._is_about_time(f)][: rng.choice([0, 1, 2])]
            made.pop("filterLogic", None)
            self.is_by_hour = made.get("time", {}).get("bucket") == "hour"
            if rng.random() < 0.75 or made["mode"] == "categorical" or self.is_by_hour:
                filters.append(self._range(main))
            self.is_by_hour = False
        elif self._main(self.root) and rng.random() < 0.2 and "filterLogic" not in made:
            filters.append(self._range(self._main(self.root)))
        made["filters"] = filters

    def _is_about_time(self, wire: Wire) -> bool:
        return "field" in wire and self.schema.path(self.root, wire["field"]).kind.is_time

    def _range(self, path: str) -> Wire:
        """A condition that bounds a date, mostly around today."""
        rng = self.rng
        op = rng.choice(["between", "between", "inLast", "inCurrent", "inPrevious", "gte", "lt"])
        made: Wire = {"field": path, "op": op}
        if self.is_by_hour:  # few of them: each looks at many rows
            end = (start := self._near()) + DAY * rng.choice([0, 1, 2])
            made |= {"op": "between", "value": [str(start), f"{end}T12:30:00"]}
        elif op == "between":
            start = self._near()
            whole = rng.random() < 0.4
            if whole:
                start = start.replace(day=1)
            made["value"] = [str(start), str(self._later(start, whole=whole))]
        elif op == "inLast":
            made["value"] = {"n": rng.choice([1, 2, 10, 30]), "unit": rng.choice(_UNITS)}
        elif op in {"inCurrent", "inPrevious"}:
            made["value"] = {"unit": rng.choice(_PERIODS)}
        else:
            made["value"] = str(self._near())
        return made

    def _near(self) -> date:
        return self.today - timedelta(days=self.rng.choice([0, 1, 5, 28, 40, 90, 200]))

    def _later(self, start: date, *, whole: bool) -> date:
        if whole:
            month = start.month - 1 + self.rng.choice([1, 1, 2, 3, 12])
            return date(start.year + month // 12, month % 12 + 1, 1)
        return start + timedelta(days=self.rng.choice([1, 7, 30, 45, 120]))

    def _filter(self, entity: str) -> Wire:
        rng = self.rng
        if rng.random() < 0.15:
            children = [e for e in FACTS if e != entity and self._reaches(e, entity)]
            if children:
                child = rng.choice(children)
                op = rng.choice(["eq", "gt", "lt", "gte", "isNull", "ne", "in", "between"])
                value = {"in": [0, 1], "between": [0, 1], "isNull": None}
                made: Wire = {"metric": self._metric(child), "op": op}
                if op != "isNull":
                    made["value"] = value.get(op, rng.choice([0, 1, 2, 0.5]))
                if rng.random() < 0.4:
                    made["filters"] = [self.condition(child)]
                return made
        return self.condition(entity)

    def _reaches(self, entity: str, root: str) -> bool:
        try:
            return self.schema.way(entity, root) is not None
        except NoWay:
            return False

    def condition(self, entity: str) -> Wire:
        """A condition on a field of ``entity``."""
        rng = self.rng
        text = self._path(entity)
        path = self.schema.path(entity, text)
        kind = path.kind
        op = rng.choice(_operators(kind))
        made: Wire = {"field": text, "op": op}
        if op in {"inLast", "inNext", "olderThan"}:
            made["value"] = {"n": rng.choice([1, 2, 10, 30]), "unit": rng.choice(_UNITS)}
        elif op in {"inCurrent", "inPrevious"}:
            made["value"] = {"unit": rng.choice(_PERIODS)}
        elif op in {"in", "notIn"}:
            made["value"] = [self._value(path) for _ in range(rng.randint(0, 3))]
        elif op == "between":
            made["value"] = sorted([self._value(path), self._value(path)])
        elif op in TEXT_OPS:
            value = self._value(path)
            made["value"] = rng.choice([value, value[:1], value[1:], value.upper()])
        elif not op.startswith("is"):
            made["value"] = self._value(path)
            if rng.random() < 0.12 and self.theme not in {"window", "offset", "compare"}:
                self._with_field(made, entity, kind)
        return made

    def _with_field(self, made: Wire, entity: str, kind: FieldType) -> None:
        for _ in range(20):
            other = self._path(entity)
            theirs = self.schema.path(entity, other).kind
            if theirs is kind or (theirs.is_number and kind.is_number):
                made["value"] = {"field": other}
                return

    def _value(self, path: Path) -> Any:
        """A value of the field, mostly one that occurs."""
        rng, kind = self.rng, path.kind
        rows = self.data.rows[path.start]
        found = self.data.value(path)(rng.choice(rows)) if rows and rng.random() < 0.8 else None
        if found is None:
            return _fallback(kind, rng, self._near())
        if isinstance(found, Decimal):
            return float(found) if found % 1 else int(found)
        if isinstance(found, datetime):
            return found.isoformat() + rng.choice(["", "Z", "+05:30"])
        return str(found) if isinstance(found, date) else found

    # -- measures

    def _measures(self, made: Wire) -> list[Any]:
        from tests.reports.oracle.measures import Measures

        return Measures(self, made).all()

    def _metric(self, entity: str) -> str:
        names = [name for name in METRICS if name.split(".")[0] == entity]
        return self.rng.choice(names or ["submissions.count"])

    def _having(self, measure: Any) -> Wire:
        rng = self.rng
        key = measure if isinstance(measure, str) else measure["key"]
        agg = measure.get("agg") if isinstance(measure, dict) else None
        if agg in ("first", "last", "min", "max", "listDistinct"):
            return self._having_of_any(measure)
        op = rng.choice(["gt", "gte", "lt", "lte", "eq", "ne", "between", "isNotNull"])
        made: Wire = {"measure": key, "op": op}
        if op != "isNotNull":
            made["value"] = [0, 2] if op == "between" else rng.choice([0, 1, 1, 0.5, 2, 20])
        return made

    def _having_of_any(self, measure: Wire) -> Wire:
        """A condition on a value of any type; on a date, also a relative one."""
        rng = self.rng
        key, text = measure["key"], measure["field"]
        head = text.split(".")[0]
        is_own = head in self.schema.shapes[self.root].hops or "." not in text
        is_own = is_own or text in self.schema.shapes[self.root].kinds
        path = self.schema.path(*((self.root, text) if is_own else text.split(".", 1)))
        if path.kind is FieldType.DATE and measure["agg"] != "listDistinct":
            made = {k: v for k, v in self._range(text).items() if k != "field"}
            return made | {"measure": key}
        return {"measure": key, "op": rng.choice(["isNull", "isNotNull"])}


_ORDERED = ("runningTotal", "movingAverage", "difference", "percentChange")
_UNITS = ("day", "week", "month", "term")
_PERIODS = ("day", "week", "month", "quarter", "year", "term")


def _fallback(kind: FieldType, rng: random.Random, day: date) -> Any:
    if kind is FieldType.TEXT:
        return rng.choice(["ACTIVE", "PASS", "a", "", "देव", "VIEW", "%", "é"])
    if kind is FieldType.BOOLEAN:
        return rng.random() < 0.5
    return str(day) if kind.is_time else rng.choice([0, 1, 2, 40, 50.5, 101])


def _operators(kind: FieldType) -> tuple[str, ...]:
    common = ("eq", "ne", "in", "notIn", "isNull", "isNotNull")
    if kind is FieldType.TEXT:
        return (*common, *TEXT_OPS, "isEmpty", "isNotEmpty")
    if kind is FieldType.BOOLEAN:
        return (*common, "isTrue", "isFalse")
    ordered = ("lt", "lte", "gt", "gte", "between")
    if kind.is_time:
        return (*common, *ordered, "inLast", "inNext", "inCurrent", "inPrevious", "olderThan")
    return common + ordered


def fits(agg: str, kind: FieldType) -> bool:
    """Return True if an aggregate makes sense of a type."""
    if agg in NUMERIC:
        return kind.is_number
    return kind is FieldType.TEXT if agg == "listDistinct" else True
